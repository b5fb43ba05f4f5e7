/** Labels and taints that a node registers with. Upstream: pkg/kubelet/kubelet_node_status.go, cmd/kubelet/app/options */
import type { Node, Taint } from '../../api/types.ts';
import type { Machine } from './machine.ts';

/** The labels that every node has, and those of `--node-labels`. */
export const nodeLabels = (name: string, machine: Machine, extra: Record<string, string>): Record<string, string> => ({
  'beta.kubernetes.io/arch': machine.architecture,
  'beta.kubernetes.io/os': machine.operatingSystem,
  'kubernetes.io/arch': machine.architecture,
  'kubernetes.io/hostname': name,
  'kubernetes.io/os': machine.operatingSystem,
  ...extra,
});

/** Reads `disk=ssd,zone=a` as `--node-labels` has it. Throws on anything else. */
export function parseLabels(list: string[]): Record<string, string> {
  return Object.fromEntries(
    list.map((pair) => {
      const [, key, value] = /^([^=]+)=(.*)$/.exec(pair) ?? [];
      if (!key) throw new Error(`--node-labels: "${pair}" is not of the form key=value`);
      return [key, value ?? ''];
    }),
  );
}

/** Reads `key=value:NoSchedule` as `--register-with-taints` has it. Throws on anything else. */
export function parseTaints(list: string[]): Taint[] {
  return list.map((text) => {
    const [, key, , value, effect] = /^([^=:]+)(=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/.exec(text) ?? [];
    if (!key || !effect) throw new Error(`--register-with-taints: "${text}" is not of the form key=value:Effect`);
    return { key, effect, ...(value && { value }) };
  });
}

/** The node object of a first registration. */
export const newNode = (
  name: string,
  labels: Record<string, string>,
  taints: Taint[],
  status: Node['status'],
): Node => ({
  metadata: { name, labels },
  spec: taints.length > 0 ? { taints } : {},
  ...(status && { status }),
});
