/**
 * The pod that a command means by `web`, `pod/web` or `replicaset/web`, and the container in it.
 * Upstream: kubectl/pkg/polymorphichelpers, kubectl/pkg/cmd/util/podcmd
 */
import { pods } from '../api/kinds/pods.ts';
import { isPodActive, isPodReady } from '../api/pods.ts';
import { formatLabelSelector } from '../api/selectors.ts';
import type { Container, LabelSelector, Pod } from '../api/types.ts';
import type { Session } from './session.ts';
import { parseTargets } from './targets.ts';

const defaultContainerAnnotation = 'kubectl.kubernetes.io/default-container';

/** One pod; of several behind a controller or a service the best one to look at, saying so on stderr. */
export async function findPod(text: string, session: Session): Promise<Pod> {
  const { namespace, rest } = session;
  if (!text.includes('/')) return rest.of(pods).get(text, namespace);
  const [target] = parseTargets([text], await session.resources());
  const { resource, name } = target!;
  if (resource.group === '' && resource.plural === pods.plural) return rest.of(pods).get(name!, namespace);
  const owner = (await rest.of(resource).get(name!, namespace)) as { spec?: { selector?: unknown } };
  const labelSelector = selectorText(owner.spec?.selector);
  if (!labelSelector) throw new Error(`cannot find pods of ${text}: it has no selector`);
  const { items } = await rest.of(pods).list({ namespace, labelSelector });
  const [best] = items.sort(byUsefulness);
  if (!best) throw new Error(`no pods found for ${text}`);
  if (items.length > 1) session.warn(`Found ${items.length} pods, using pod/${best.metadata.name}`);
  return best;
}

/** A Service has plain labels for a selector, everything else a LabelSelector. */
function selectorText(selector: unknown): string {
  const given = (selector ?? {}) as LabelSelector & Record<string, string>;
  const isLabelSelector = typeof given.matchLabels === 'object' || Array.isArray(given.matchExpressions);
  return formatLabelSelector(isLabelSelector ? given : { matchLabels: given });
}

/** Ready before running before the rest, and the longest-lived first. */
function byUsefulness(a: Pod, b: Pod): number {
  const rank = (pod: Pod): number => (isPodReady(pod) ? 0 : isPodActive(pod) ? 1 : 2);
  const age = (pod: Pod): number => Date.parse(pod.metadata.creationTimestamp ?? '');
  return rank(a) - rank(b) || age(a) - age(b);
}

/** Every container of the pod, init containers first. */
export const containersOf = ({ spec }: Pod): Container[] => [
  ...(spec?.initContainers ?? []),
  ...(spec?.containers ?? []),
  ...((spec?.ephemeralContainers ?? []) as Container[]),
];

/** The container asked for, else the pod's default one, saying so on stderr when there are others. */
export function findContainer(pod: Pod, wanted: string | undefined, session: Session): string {
  const names = containersOf(pod).map(({ name }) => name);
  const podName = pod.metadata.name;
  if (wanted !== undefined) {
    if (!names.includes(wanted)) throw new Error(`container ${wanted} is not valid for pod ${podName}`);
    return wanted;
  }
  const annotated = pod.metadata.annotations?.[defaultContainerAnnotation];
  if (annotated && names.includes(annotated)) return annotated;
  const main = (pod.spec?.containers ?? []).map(({ name }) => name);
  const marked = (list: { name: string }[] | undefined, mark: string) =>
    (list ?? []).map(({ name }) => `${name} (${mark})`);
  const { initContainers, ephemeralContainers } = pod.spec ?? {};
  const others = [...main, ...marked(ephemeralContainers, 'ephem'), ...marked(initContainers, 'init')];
  if (others.length > 1) session.warn(`Defaulted container "${main[0]}" out of: ${others.join(', ')}`);
  return main[0]!;
}
