/**
 * Which resources the API server has, so that controllers that handle every kind need not know any.
 * Upstream: client-go/discovery (aggregated discovery, v2)
 */
import type { ResourceName } from '../api/kind.ts';
import type { RestClient } from '../client/rest.ts';

/** A resource of the server, and what can be done with it. */
export interface DiscoveredResource extends ResourceName {
  verbs: string[];
  /** `status`, `scale` and the like. */
  subresources: string[];
}

interface GroupDiscovery {
  metadata?: { name?: string };
  versions: {
    version: string;
    freshness?: string;
    resources?: {
      resource: string;
      responseKind: { kind: string };
      scope: string;
      verbs: string[];
      subresources?: { subresource: string }[];
    }[];
  }[];
}

const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Every resource in its group's preferred version, which the server lists first. */
export async function discover(client: RestClient): Promise<DiscoveredResource[]> {
  const lists = await Promise.all(
    ['/api', '/apis'].map((path) => client.json<{ items: GroupDiscovery[] }>({ path, accept })),
  );
  return lists.flatMap(({ items }) => items).flatMap(resourcesOf);
}

/** A resource that only an older version has is found there. */
function resourcesOf({ metadata, versions }: GroupDiscovery): DiscoveredResource[] {
  const found = new Map<string, DiscoveredResource>();
  for (const { version, resources } of versions) {
    for (const { resource: plural, responseKind, scope, verbs, subresources = [] } of resources ?? []) {
      if (found.has(plural)) continue;
      const { kind } = responseKind;
      const namespaced = scope === 'Namespaced';
      const below = subresources.map(({ subresource }) => subresource);
      found.set(plural, { group: metadata?.name ?? '', version, kind, plural, namespaced, verbs, subresources: below });
    }
  }
  return [...found.values()];
}
