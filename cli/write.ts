/** Writes to any resource, with the parameters that say who writes and how strict the server shall be. */
import type { KubeObject } from '../api/types.ts';
import type { RestClient } from '../client/rest.ts';
import type { Patch } from './apply.ts';
import type { FieldValidation } from './manifests.ts';
import type { ApiResource } from './resources.ts';

export interface WriteParameters {
  fieldManager: string;
  fieldValidation?: FieldValidation;
}

export function createObject(
  rest: RestClient,
  resource: ApiResource,
  object: KubeObject,
  parameters: WriteParameters,
): Promise<KubeObject> {
  const path = rest.of(resource).path(object.metadata.namespace);
  return rest.json<KubeObject>({ method: 'POST', path, query: { ...parameters }, body: object });
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
