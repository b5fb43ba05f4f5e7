/** What a kubelet may write into a Node: its own, and nothing that would draw pods to it that are meant for others. */
import { isEqual } from '../../../api/patch/json.ts';
import type { Node } from '../../../api/types.ts';
import type { Admission } from '../plugin.ts';

const restrictionNamespace = 'node-restriction.kubernetes.io';

/** Labels in the namespaces of Kubernetes that are the kubelet's own. Upstream: kubelet/pkg/apis/well_known_labels.go */
const kubeletLabels = [
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'beta.kubernetes.io/os',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'kubernetes.io/arch',
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
];
const kubeletNamespaces = ['kubelet.kubernetes.io', 'node.kubernetes.io'];

/** Why the node may not do that to the Node of that name; undefined when it may. */
export function nodeObjectError(node: string, name: string, { operation, object, old }: Admission): string | undefined {
  const me = `node ${JSON.stringify(node)}`;
  if (name !== node) return `${me} is not allowed to modify node ${JSON.stringify(name)}`;
  if (operation === 'create') {
    const labels = forbiddenLabels((object as Node).metadata.labels, undefined);
    return labels.length > 0 ? `${me} is not allowed to set the following labels: ${labels.join(', ')}` : undefined;
  }
  if (operation !== 'update') return undefined;
  const [before, after] = [old as Node, object as Node];
  if (!isEqual(before.spec?.taints ?? [], after.spec?.taints ?? [])) return `${me} is not allowed to modify taints`;
  if (!isEqual(before.metadata.ownerReferences ?? [], after.metadata.ownerReferences ?? []))
    return `${me} is not allowed to modify ownerReferences`;
  const labels = forbiddenLabels(after.metadata.labels, before.metadata.labels);
  return labels.length > 0 ? `is not allowed to modify labels: ${labels.join(', ')}` : undefined;
}

type Labels = Record<string, string> | undefined;

/** The labels that differ and that a kubelet must leave alone. */
function forbiddenLabels(after: Labels = {}, before: Labels = {}): string[] {
  const keys = new Set([...Object.keys(after), ...Object.keys(before)]);
  return [...keys].filter((key) => after[key] !== before[key] && isForbiddenLabel(key)).sort();
}

/** `node-restriction.kubernetes.io/tier`, `kubernetes.io/role`; not `kubernetes.io/hostname`, not `example.com/rack`. */
function isForbiddenLabel(key: string): boolean {
  const slash = key.indexOf('/');
  const namespace = slash < 0 ? '' : key.slice(0, slash);
  const within = (domain: string): boolean => namespace === domain || namespace.endsWith(`.${domain}`);
  if (within(restrictionNamespace)) return true;
  if (!within('kubernetes.io') && !within('k8s.io')) return false;
  return !kubeletLabels.includes(key) && !kubeletNamespaces.some(within);
}
