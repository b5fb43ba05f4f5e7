/** Node: a machine that runs pods. Upstream: pkg/registry/core/node/strategy.go, pkg/printers/internalversion (printNode) */
import { type FieldError, field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import { conditionOf } from '../meta.ts';
import { labelKeyErrors, labelValueErrors } from '../names.ts';
import { isEqual } from '../patch/json.ts';
import type { Node, Taint } from '../types.ts';
import { checkName, each, requireName, requireOneOf } from '../validation/checks.ts';
import { ageColumn, nameColumn, orNone } from './columns.ts';

const unknown = '<unknown>';

export const nodes: Kind<Node> = {
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  singular: 'node',
  namespaced: false,
  storagePrefix: 'minions',
  schema: 'io.k8s.api.core.v1.Node',
  shortNames: ['no'],
  generation: false,
  status: true,
  subresources: { proxy: { kind: 'NodeProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] } },
  setDefaults: ({ status }) => {
    if (status?.capacity) status.allocatable ??= { ...status.capacity };
  },
  validate: ({ spec = {} }, old) => [
    ...validateTaints('spec.taints', spec.taints),
    ...(spec.podCIDRs && spec.podCIDRs[0] !== spec.podCIDR
      ? [field.invalid('spec.podCIDRs[0]', spec.podCIDRs[0], 'must match podCIDR')]
      : []),
    ...(old ? validateUpdate(spec, old.spec ?? {}) : []),
  ],
  strategy: {
    // A kubelet creates its node with a status; later only `/status` changes it.
    prepareForUpdate: (node, old) => {
      node.status = old.status;
    },
  },
  fieldSelectors: { 'spec.unschedulable': (node) => String(node.spec?.unschedulable ?? false) },
  columns: [
    nameColumn,
    { name: 'Status', type: 'string', description: 'Whether the node is ready and takes new pods.', cell: nodeStatus },
    { name: 'Roles', type: 'string', description: 'Roles, from the node’s labels.', cell: nodeRoles },
    ageColumn,
    {
      name: 'Version',
      type: 'string',
      description: 'Version of its kubelet.',
      cell: (n) => n.status?.nodeInfo?.kubeletVersion ?? '',
    },
    {
      name: 'Internal-IP',
      type: 'string',
      priority: 1,
      description: 'Its address in the cluster.',
      cell: (n) => addressOf(n, 'InternalIP'),
    },
    {
      name: 'External-IP',
      type: 'string',
      priority: 1,
      description: 'Its address from outside.',
      cell: (n) => addressOf(n, 'ExternalIP'),
    },
    {
      name: 'OS-Image',
      type: 'string',
      priority: 1,
      description: 'Its operating system.',
      cell: (n) => n.status?.nodeInfo?.osImage || unknown,
    },
    {
      name: 'Kernel-Version',
      type: 'string',
      priority: 1,
      description: 'Its kernel.',
      cell: (n) => n.status?.nodeInfo?.kernelVersion || unknown,
    },
    {
      name: 'Container-Runtime',
      type: 'string',
      priority: 1,
      description: 'What runs its containers.',
      cell: (n) => n.status?.nodeInfo?.containerRuntimeVersion || unknown,
    },
  ],
};

type NodeSpec = NonNullable<Node['spec']>;

const effects = ['NoExecute', 'NoSchedule', 'PreferNoSchedule'];

/** Rules of a node's taints; a key may appear once with each effect. */
function validateTaints(path: string, taints: Taint[] | undefined): FieldError[] {
  const seen = new Set<string>();
  return each(path, taints, (at, taint) => {
    const id = `${taint.key}:${taint.effect}`;
    const repeated = seen.has(id);
    seen.add(id);
    return [
      ...requireName(`${at}.key`, taint.key, labelKeyErrors),
      ...checkName(`${at}.value`, taint.value, labelValueErrors),
      ...requireOneOf(`${at}.effect`, taint.effect, effects),
      ...(repeated
        ? [
            {
              ...field.duplicate(at, taint),
              message: `${field.duplicate(at, taint).message}: taints must be unique by key and effect pair`,
            },
          ]
        : []),
    ];
  });
}

/** Who a node is, and its range of addresses once it has one, stay. */
function validateUpdate(spec: NodeSpec, old: NodeSpec): FieldError[] {
  const errors: FieldError[] = [];
  if (old.podCIDR && !isEqual([spec.podCIDR, spec.podCIDRs], [old.podCIDR, old.podCIDRs])) {
    errors.push(field.forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  }
  if (old.providerID && spec.providerID !== old.providerID) {
    errors.push(field.forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  }
  return errors;
}

function nodeStatus({ spec, status }: Node): string {
  const ready = conditionOf(status?.conditions, 'Ready');
  const word = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown';
  return spec?.unschedulable ? `${word},SchedulingDisabled` : word;
}

const rolePrefix = 'node-role.kubernetes.io/';

function nodeRoles({ metadata: { labels = {} } }: Node): string {
  const roles = Object.keys(labels)
    .filter((label) => label.startsWith(rolePrefix) && label !== rolePrefix)
    .map((label) => label.slice(rolePrefix.length));
  const named = labels['kubernetes.io/role'];
  return orNone([...new Set(named ? [...roles, named] : roles)].sort().join(','));
}

const addressOf = (node: Node, type: string): string =>
  orNone(node.status?.addresses?.find((address) => address.type === type)?.address);
