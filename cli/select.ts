/**
 * The objects that a command is about: named on the command line, in manifests, or found by selector.
 * Upstream: cli-runtime/pkg/resource/builder.go
 */
import type { KubeObject, List } from '../api/types.ts';
import type { OptionSpec, Options } from './command.ts';
import { filenameOptions, type Manifest, readManifests } from './manifests.ts';
import { listOf } from './read.ts';
import type { ApiResource, Resources } from './resources.ts';
import type { Session } from './session.ts';
import { parseTargets } from './targets.ts';

export interface Selected {
  resource: ApiResource;
  /** Undefined for what is not in a namespace. */
  namespace: string | undefined;
  name: string;
  /** The manifest that named it. */
  source?: string;
  /** The object, when finding it has fetched it. */
  object?: KubeObject;
}

/** `-l`, `--field-selector`, `-A`, `--all`, `-f`, as every command that selects has them. */
export const selectOptions: OptionSpec[] = [
  ...filenameOptions,
  ['-l, --selector <labels>', 'Objects with these labels: a=b,c!=d,e in (f,g).'],
  ['--field-selector <fields>', 'Objects with these fields: status.phase=Running.'],
  ['-A, --all-namespaces', 'Objects of all namespaces.'],
  ['--all', 'All objects of the type.'],
];

/** What a command that selects says when it is given nothing. */
export const nothingSelected = `error: You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`;

/** Objects that are named need not exist. Throws when a type is given without saying which of its objects. */
export async function selectObjects(args: string[], options: Options, session: Session): Promise<Selected[]> {
  const files = (options['filename'] as string[] | undefined) ?? [];
  const resources = await session.resources();
  if (files.length > 0) {
    const manifests = await readManifests(files, options['recursive'] === true, 'Ignore', () => undefined);
    return manifests.map((manifest) => selectedOf(manifest, resources, session));
  }
  const everywhere = options['allNamespaces'] === true;
  const selector = options['selector'] as string | undefined;
  const fieldSelector = options['fieldSelector'] as string | undefined;
  const targets = parseTargets(args, resources);
  const found: Selected[] = [];
  for (const { resource, name } of targets) {
    const namespace = resource.namespaced ? session.namespace : undefined;
    if (name !== undefined) {
      if (everywhere) throw new Error('a resource cannot be retrieved by name across all namespaces');
      if (selector) throw new Error('name cannot be provided when a selector is specified');
      if (options['all']) throw new Error('name cannot be provided when --all is specified');
      found.push({ resource, namespace, name });
      continue;
    }
    if (!selector && !fieldSelector && !options['all'])
      throw new Error('resource(s) were provided, but no name was specified');
    const query = { namespace: everywhere ? undefined : namespace, labelSelector: selector, fieldSelector };
    const { items } = await listOf<List>(session.rest, resource, query, 'object');
    for (const object of items)
      found.push({ resource, namespace: object.metadata.namespace, name: object.metadata.name!, object });
  }
  return found;
}

/** The object that a manifest names. Throws when the server does not serve its kind. */
export function selectedOf({ object, source }: Manifest, resources: Resources, session: Session): Selected {
  const resource = resources.forManifest(object.apiVersion, object.kind);
  const { name = '', namespace = '' } = object.metadata;
  if (!resource)
    throw new Error(
      `resource mapping not found for name: "${name}" namespace: "${namespace}" from "${source}": ` +
        `no matches for kind "${object.kind}" in version "${object.apiVersion}"\nensure CRDs are installed first`,
    );
  if (!resource.namespaced) return { resource, namespace: undefined, name, source };
  const wanted = session.globals.namespace;
  if (wanted && namespace && namespace !== wanted)
    throw new Error(
      `the namespace from the provided object "${namespace}" does not match the namespace "${wanted}". ` +
        `You must pass '--namespace=${namespace}' to perform this operation.`,
    );
  return { resource, namespace: namespace || session.namespace, name, source };
}
