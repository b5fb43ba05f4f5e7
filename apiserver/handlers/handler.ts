/** What answers a request for a resource, once it is known who asks for what. */
import { badRequest } from '../../api/errors.ts';
import type { Registry } from '../registry/registry.ts';
import type { Resource } from '../registry/resource.ts';
import type { WriteOptions } from '../registry/write-options.ts';
import type { Call, Reply } from '../request/call.ts';

export type Handler = (registry: Registry, resource: Resource, call: Call) => Promise<Reply>;

/** The options of a write that stand in the query. */
export function writeOptionsOf({ user, query }: Call): WriteOptions {
  const dryRun = query.getAll('dryRun').filter((value) => value !== '');
  const unknown = dryRun.find((value) => value !== 'All');
  if (unknown !== undefined) {
    throw badRequest(`dryRun: Unsupported value: ${JSON.stringify(unknown)}: supported values: "All"`);
  }
  return { user, dryRun: dryRun.length > 0 };
}
