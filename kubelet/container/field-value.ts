/**
 * The downward API: a pod's own fields and resources as texts, for variables and volumes.
 *
 * Upstream: pkg/fieldpath/fieldpath.go, pkg/api/v1/resource/helpers.go (ExtractContainerResourceValue)
 */
import { parseQuantity } from '../../api/quantity.ts';
import type { Container, Pod } from '../../api/types.ts';

/** What a running pod knows of its place; absent before the sandbox exists. */
export interface PodPlace {
  podIP?: string | undefined;
  hostIP: string;
}

const joinMap = (map: Record<string, string> | undefined): string =>
  Object.keys(map ?? {})
    .sort()
    .map((key) => `${key}=${JSON.stringify(map![key])}`)
    .join('\n');

/** The field at a path such as `metadata.name` or `metadata.labels['app']`. Throws when it is not one of the allowed. */
export function fieldValue(pod: Pod, path: string, place: PodPlace): string {
  const [, map, key] = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path) ?? [];
  if (map && key !== undefined) return pod.metadata[map as 'labels' | 'annotations']?.[key] ?? '';
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name ?? '';
    case 'metadata.namespace':
      return pod.metadata.namespace ?? '';
    case 'metadata.uid':
      return pod.metadata.uid ?? '';
    case 'metadata.labels':
      return joinMap(pod.metadata.labels);
    case 'metadata.annotations':
      return joinMap(pod.metadata.annotations);
    case 'spec.nodeName':
      return pod.spec?.nodeName ?? '';
    case 'spec.serviceAccountName':
      return pod.spec?.serviceAccountName ?? '';
    case 'status.hostIP':
    case 'status.hostIPs':
      return place.hostIP;
    case 'status.podIP':
    case 'status.podIPs':
      return place.podIP ?? '';
    default:
      throw new Error(`unsupported fieldPath: ${path}`);
  }
}

/** `limits.cpu` and the like, in units of the divisor, rounded up. A limit that is not set is the node's. */
export function resourceValue(
  container: Container,
  resource: string,
  divisor: string | undefined,
  allocatable: Readonly<Record<string, string>>,
): string {
  const [kind, name] = split(resource);
  const unit = !divisor || parseQuantity(divisor).nano === 0n ? parseQuantity('1').nano : parseQuantity(divisor).nano;
  const given = container.resources?.[kind]?.[name];
  const amount = given ?? (kind === 'limits' ? allocatable[name] : undefined) ?? '0';
  return String((parseQuantity(amount).nano + unit - 1n) / unit);
}

function split(resource: string): ['limits' | 'requests', string] {
  const [, kind, name] = /^(limits|requests)\.(.+)$/.exec(resource) ?? [];
  if (!kind || !name) throw new Error(`unsupported container resource: ${resource}`);
  return [kind as 'limits' | 'requests', name];
}
