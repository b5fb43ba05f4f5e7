/**
 * What a cluster serves, from its aggregated discovery, and finding a resource by any name that people give it. Knows no
 * kind by itself, so it works for those that are defined later.
 *
 * Upstream: client-go/discovery, client-go/restmapper
 */
import type { ResourceName } from '../api/kind.ts';
import { apiVersionOf } from '../api/kind.ts';
import type { RestClient } from '../client/rest.ts';

export interface ApiResource extends ResourceName {
  singular: string;
  shortNames: string[];
  categories: string[];
  verbs: string[];
  subresources: string[];
}

interface DiscoveryList {
  items: {
    metadata: { name?: string };
    versions: {
      version: string;
      resources?: {
        resource: string;
        responseKind: { kind: string };
        scope: string;
        singularResource?: string;
        shortNames?: string[];
        categories?: string[];
        verbs?: string[];
        subresources?: { subresource: string }[];
      }[];
    }[];
  }[];
}

const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Asks the server. Core resources come first, then groups in the server's order, preferred versions first. */
export async function discover(rest: RestClient): Promise<Resources> {
  const lists = await Promise.all(['/api', '/apis'].map((path) => rest.json<DiscoveryList>({ path, accept })));
  return new Resources(lists.flatMap(resourcesOf));
}

function resourcesOf(list: DiscoveryList): ApiResource[] {
  return list.items.flatMap(({ metadata, versions }) =>
    versions.flatMap(({ version, resources = [] }) =>
      resources.map((r) => ({
        group: metadata.name ?? '',
        version,
        kind: r.responseKind.kind,
        plural: r.resource,
        namespaced: r.scope === 'Namespaced',
        singular: r.singularResource || r.responseKind.kind.toLowerCase(),
        shortNames: r.shortNames ?? [],
        categories: r.categories ?? [],
        verbs: r.verbs ?? [],
        subresources: (r.subresources ?? []).map(({ subresource }) => subresource),
      })),
    ),
  );
}

export class Resources {
  /** In every version that is served. */
  readonly all: readonly ApiResource[];
  /** Each once, in its group's preferred version. */
  readonly preferred: readonly ApiResource[];

  constructor(all: ApiResource[]) {
    this.all = all;
    this.preferred = [...Map.groupBy(all, ({ plural, group }) => `${plural}.${group}`).values()].map(
      ([first]) => first!,
    );
  }

  /** The resource of `pods`, `po`, `Pod`, `deployments.apps`, `deployments.v1.apps`. Throws when there is none. */
  find(text: string): ApiResource {
    const found = this.lookup(text);
    if (!found) throw new Error(`the server doesn't have a resource type "${text.split('.', 1)[0]}"`);
    return found;
  }

  /** The resources of a category such as `all`, else the one of that name. */
  expand(text: string): ApiResource[] {
    const inCategory = this.preferred.filter((r) => r.categories.includes(text));
    return inCategory.length > 0 ? inCategory : [this.find(text)];
  }

  /** The resource of a manifest; undefined when the server does not serve it. */
  forManifest(apiVersion: string, kind: string): ApiResource | undefined {
    return this.all.find((r) => r.kind === kind && apiVersionOf(r) === apiVersion);
  }

  /** The same; undefined when there is none. */
  lookup(text: string): ApiResource | undefined {
    const [name = '', ...rest] = text.toLowerCase().split('.');
    const qualifier = rest.join('.');
    const isNamed = (r: ApiResource): boolean =>
      name === r.plural || name === r.singular || name === r.kind.toLowerCase() || r.shortNames.includes(name);
    return this.all.find(
      (r) =>
        isNamed(r) &&
        (!qualifier ||
          qualifier === r.group ||
          qualifier === `${r.version}.${r.group}` ||
          (r.group === '' && qualifier === r.version)),
    );
  }
}

/** How a result line names an object: `pod/web`, `deployment.apps/web`. */
export const objectLabel = (r: Pick<ApiResource, 'group' | 'singular'>, name: string): string =>
  `${r.singular}${r.group ? `.${r.group}` : ''}/${name}`;
