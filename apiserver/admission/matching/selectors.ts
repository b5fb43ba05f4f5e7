/**
 * Whether the namespace and the object of a request have the labels that a webhook or a policy selects by.
 *
 * Upstream: apiserver/pkg/admission/plugin/webhook/predicates/{namespace,object}
 */
import { notFound } from '../../../api/errors.ts';
import { matches, type Selector } from '../../../api/selectors.ts';
import type { KubeObject } from '../../../api/types.ts';
import type { Admission } from '../plugin.ts';

const isNamespace = ({ resource: { kind } }: Admission): boolean => kind.plural === 'namespaces' && kind.group === '';

/** The namespace that a request is about: the one that it is in, or the one that it changes. */
export const namespaceOf = (admission: Admission): string =>
  isNamespace(admission) ? admission.name : admission.namespace;

/** What is outside of namespaces is always selected. Throws a 404 for a namespace that is not there. */
export function matchesNamespace(selector: Selector, admission: Admission): boolean {
  if (selector?.length === 0 || namespaceOf(admission) === '') return true;
  return matches(selector, namespaceLabels(admission));
}

/** A namespace that is being written is selected by the labels that it gets. */
function namespaceLabels(admission: Admission): Record<string, string> | undefined {
  const { served, operation, object, subresource } = admission;
  if (isNamespace(admission) && subresource === '' && operation !== 'delete') return object?.metadata.labels;
  const { cache, kind } = served.resources.must('', 'namespaces');
  const name = namespaceOf(admission);
  const entry = cache.get(name);
  if (!entry) throw notFound(kind, name);
  return entry.object.metadata.labels;
}

/** Selected is what has the labels before the request or after it. */
export const matchesObject = (selector: Selector, { object, old }: Admission): boolean =>
  selector?.length === 0 || hasLabels(selector, object) || hasLabels(selector, old);

const hasLabels = (selector: Selector, object: KubeObject | undefined): boolean =>
  object?.metadata !== undefined && matches(selector, object.metadata.labels);
