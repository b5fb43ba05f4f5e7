/** Which objects a list, a watch or a deletecollection is about: a namespace, a name, and both kinds of selector. */
import { fieldMatcher, matches, parseFieldSelector, parseLabelSelector } from '../../api/selectors.ts';
import type { KubeObject } from '../../api/types.ts';
import type { Entry } from '../cache/entry.ts';
import { cacheKey, type Resource } from './resource.ts';

export interface Selection {
  /** Keys of the wanted objects begin with it: `default/`, or nothing for all. */
  keyPrefix: string;
  /** False when the key's prefix alone decides, so that nothing has to be looked into. */
  selective: boolean;
  matches(entry: Entry): boolean;
}

export interface SelectionOptions {
  namespace: string;
  /** Only this object. */
  name: string;
  labelSelector: string;
  fieldSelector: string;
}

const metadataGetters = {
  'metadata.name': (object: KubeObject) => object.metadata.name ?? '',
  'metadata.namespace': (object: KubeObject) => object.metadata.namespace ?? '',
};

/** Throws a 400 for a selector that cannot be read, or asks for a field that the kind cannot be selected by. */
export function selectionOf(resource: Resource, options: SelectionOptions): Selection {
  const { kind } = resource;
  const { namespace, name } = options;
  const labels = parseLabelSelector(options.labelSelector);
  const fields = parseFieldSelector(options.fieldSelector);
  const byFields = fieldMatcher<KubeObject>(fields, { ...metadataGetters, ...kind.fieldSelectors });
  const keyPrefix = kind.namespaced && namespace ? `${namespace}/` : '';
  const exactKey = name ? cacheKey(resource, namespace, name) : undefined;
  const selective = labels.length > 0 || fields.length > 0 || exactKey !== undefined;
  return {
    keyPrefix,
    selective,
    matches(entry) {
      if (!entry.key.startsWith(keyPrefix)) return false;
      if (!selective) return true;
      if (exactKey !== undefined && entry.key !== exactKey) return false;
      if (labels.length > 0 && !matches(labels, entry.object.metadata.labels)) return false;
      return fields.length === 0 || byFields(entry.object);
    },
  };
}
