/** Writes to any resource, with the parameters that say who writes and how strict the server shall be. */
import type { ResourceName } from '../api/kind.ts';
import type { KubeObject } from '../api/types.ts';
import type { RestClient } from '../client/rest.ts';
import type { Patch } from './apply.ts';
import type { DryRun } from './dry-run.ts';
import type { FieldValidation } from './manifests.ts';
import type { ApiResource } from './resources.ts';

export interface WriteParameters {
  fieldManager: string;
  fieldValidation?: FieldValidation;
}

/** With a `server` dry run nothing is stored. */
export function createObject(
  rest: RestClient,
  resource: ResourceName,
  object: KubeObject,
  { dryRun, ...parameters }: WriteParameters & { dryRun?: DryRun },
): Promise<KubeObject> {
  const path = rest.of(resource).path(object.metadata.namespace);
  const query = { ...parameters, ...(dryRun === 'server' && { dryRun: 'All' }) };
  return rest.json<KubeObject>({ method: 'POST', path, query, body: object });
}

export function patchObject(
  rest: RestClient,
  resource: ApiResource,
  { metadata }: KubeObject,
  { body, type }: Patch,
  parameters: WriteParameters,
): Promise<KubeObject> {
  return rest.json<KubeObject>({
    method: 'PATCH',
    path: rest.of(resource).path(metadata.namespace, metadata.name),
    query: { ...parameters },
    body,
    contentType: type === 'strategic' ? 'application/strategic-merge-patch+json' : 'application/merge-patch+json',
  });
}
