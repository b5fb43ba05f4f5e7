/**
 * Server-side apply to a stored object, or to one that does not exist yet and is created by it.
 *
 * Upstream: apiserver/pkg/endpoints/handlers/patch.go (applyPatcher)
 */
import { apply, checkConfig } from '../../api/apply/apply.ts';
import { ApiError, badRequest, conflict } from '../../api/errors.ts';
import { apiVersionOf } from '../../api/kind.ts';
import { rfc3339, shownText } from '../../api/meta.ts';
import { cloneJson } from '../../api/patch/json.ts';
import type { KubeObject } from '../../api/types.ts';
import type { Entry } from '../cache/entry.ts';
import type { ExpectedType } from '../request/decode.ts';
import { create } from './create.ts';
import { entriesOf, setEntries, versionsOf } from './managed-fields.ts';
import type { Registry } from './registry.ts';
import type { Resource } from './resource.ts';
import { type UpdateOptions, update } from './update.ts';

export interface ApplyOptions extends UpdateOptions {
  manager: string;
  /** Takes fields from others instead of refusing. */
  force: boolean;
  /** Throws where the caller may not make the object, which is not there. Absent for what is never made: a subresource. */
  mayCreate?: () => void;
}

/** How often an object may appear and go while it is applied to. */
const createAttempts = 5;

/** Applies the config and returns the object as stored. Only an object itself can be created, not a subresource. */
export async function applyConfig(
  registry: Registry,
  resource: Resource,
  namespace: string,
  name: string,
  config: object,
  options: ApplyOptions,
): Promise<{ entry: Entry; created: boolean }> {
  checkConfigType(resource, config);
  // Who owns what is settled here; the write is not tracked again.
  const { manager: _, mayCreate, ...write } = options;
  const applied = (live: KubeObject | undefined) => appliedTo(registry, resource, live, config, options);
  for (let attempt = 1; ; attempt++) {
    try {
      const entry = await update(registry, resource, namespace, name, applied, write);
      return { entry, created: false };
    } catch (error) {
      if (!isError(error, 'NotFound') || !mayCreate) throw error;
    }
    mayCreate();
    const object = await applied(undefined);
    checkNew(resource, name, object);
    try {
      return { entry: await create(registry, resource, namespace, object, write), created: true };
    } catch (error) {
      // Somebody else has created it meanwhile: then it is to be changed.
      if (!isError(error, 'AlreadyExists') || attempt === createAttempts) throw error;
    }
  }
}

const isError = (error: unknown, reason: string): boolean => error instanceof ApiError && error.reason === reason;

/** A config names its type, gives only fields that the type has, and says nothing about who owns them. */
export function checkConfigType({ kind, type }: ExpectedType, config: Partial<KubeObject>): void {
  const { apiVersion, kind: kindName, metadata } = config;
  if (apiVersion !== apiVersionOf(kind) || kindName !== kind.kind) {
    const given = shownText(apiVersion);
    const groupVersion = given.includes('/') ? given : `/${given}`;
    throw badRequest(`invalid object type: ${groupVersion}, Kind=${shownText(kindName)}`);
  }
  if (metadata?.managedFields !== undefined && metadata.managedFields !== null) {
    throw badRequest('metadata.managedFields must be nil');
  }
  checkConfig(type.shape, config);
}

/** The object with the config applied, and its new owners. */
async function appliedTo(
  registry: Registry,
  resource: Resource,
  live: KubeObject | undefined,
  config: object,
  { manager, force, subresource = '' }: ApplyOptions,
): Promise<KubeObject> {
  const { object, entries } = await apply({
    ...versionsOf(registry, resource, subresource),
    live: live ?? {},
    entries: entriesOf(live),
    config,
    manager,
    subresource,
    force,
    time: rfc3339(registry.now()),
  });
  const next = cloneJson(object ?? live ?? {}) as KubeObject;
  const { typeErrors } = resource.type.check(next);
  if (typeErrors.length > 0) throw badRequest(`failed to convert new object to proper version: ${typeErrors[0]}`);
  resource.type.prune(next);
  next.metadata ??= {};
  setEntries(next, entries);
  return next;
}

/** An object that does not exist has no uid that could be meant, and needs a name to be found by. */
function checkNew({ kind }: Resource, name: string, { metadata }: KubeObject): void {
  if (metadata.uid) {
    throw conflict(
      kind,
      name,
      `uid mismatch: the provided object specified uid ${metadata.uid}, and no existing object was found`,
    );
  }
  if (!metadata.name) {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  }
  if (metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
  }
}
