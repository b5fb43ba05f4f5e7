/**
 * What a node's signs of life say about it: pure.
 *
 *     renews its lease or reports          ->  as it reports itself
 *     silent for the grace period          ->  every condition Unknown, taint unreachable
 *     reports Ready=False                  ->  taint not-ready
 *     cordoned, short of memory, ...       ->  the NoSchedule taint for it
 *
 * Upstream: pkg/controller/nodelifecycle/node_lifecycle_controller.go. Left out: zones, and slowing evictions down when
 * many nodes fail at once.
 */
import { conditionOf } from '../../api/meta.ts';
import type { Lease, Node, NodeCondition, Taint } from '../../api/types.ts';

export const taintKeys = {
  notReady: 'node.kubernetes.io/not-ready',
  unreachable: 'node.kubernetes.io/unreachable',
  unschedulable: 'node.kubernetes.io/unschedulable',
} as const;

/** Taints that stand for a condition with that status. */
const pressureTaints: Record<string, string> = {
  MemoryPressure: 'node.kubernetes.io/memory-pressure',
  DiskPressure: 'node.kubernetes.io/disk-pressure',
  PIDPressure: 'node.kubernetes.io/pid-pressure',
  NetworkUnavailable: 'node.kubernetes.io/network-unavailable',
};

/** Conditions that a node reports, and that are unknown once it is silent. */
const reported = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** What was last seen of a node, and when by this process's clock: two clocks are never compared. */
export interface Sign {
  at: number;
  renewTime: string;
  heartbeat: string;
}

/** The sign as it is now: older than `before` only in that nothing new came since. */
export function observe(node: Node, lease: Lease | undefined, before: Sign | undefined, now: number): Sign {
  const renewTime = lease?.spec?.renewTime ?? '';
  const heartbeat = conditionOf(node.status?.conditions, 'Ready')?.lastHeartbeatTime ?? '';
  const fresh = !before || before.renewTime !== renewTime || before.heartbeat !== heartbeat;
  return { at: fresh ? now : before.at, renewTime, heartbeat };
}

export interface GracePeriods {
  monitorMs: number;
  startupMs: number;
}

/** The conditions to write for a node that has been silent too long; undefined when nothing is to be written. */
export function planConditions(node: Node, sign: Sign, grace: GracePeriods, now: number): NodeCondition[] | undefined {
  const conditions = node.status?.conditions ?? [];
  const allowed = conditionOf(conditions, 'Ready') ? grace.monitorMs : grace.startupMs;
  if (now - sign.at <= allowed) return undefined;
  const time = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const unknown = reported.map((type): NodeCondition => {
    const old = conditionOf(conditions, type);
    if (old?.status === 'Unknown') return old;
    const reason = old ? 'NodeStatusUnknown' : 'NodeStatusNeverUpdated';
    const message = old ? 'Kubelet stopped posting node status.' : 'Kubelet never posted node status.';
    const lastHeartbeatTime = old?.lastHeartbeatTime ?? node.metadata.creationTimestamp;
    return {
      type,
      status: 'Unknown',
      reason,
      message,
      lastTransitionTime: time,
      ...(lastHeartbeatTime && { lastHeartbeatTime }),
    };
  });
  if (unknown.every((condition) => conditions.includes(condition))) return undefined;
  return [...conditions.filter(({ type }) => !reported.includes(type)), ...unknown];
}

/** The taints to write, with those that others put there; undefined when they are as they should be. */
export function planTaints(node: Node, now: number): Taint[] | undefined {
  const current = node.spec?.taints ?? [];
  const wanted = wantedTaints(node);
  const same = (a: Taint, b: Taint): boolean => a.key === b.key && a.effect === b.effect;
  const others = current.filter((taint) => !isOurs(taint));
  const ours = current.filter(isOurs);
  const kept = ours.filter((taint) => wanted.some((other) => same(taint, other)));
  const added = wanted.filter((taint) => !ours.some((other) => same(taint, other)));
  if (added.length === 0 && kept.length === ours.length) return undefined;
  const timeAdded = `${new Date(now).toISOString().slice(0, 19)}Z`;
  return [...others, ...kept, ...added.map((taint) => ({ ...taint, timeAdded }))];
}

const evicting: string[] = [taintKeys.notReady, taintKeys.unreachable];

const isOurs = ({ key, effect }: Taint): boolean =>
  (effect === 'NoExecute' && evicting.includes(key)) ||
  (effect === 'NoSchedule' && [...evicting, taintKeys.unschedulable, ...Object.values(pressureTaints)].includes(key));

function wantedTaints({ spec, status }: Node): Taint[] {
  const taints: Taint[] = [];
  const ready = conditionOf(status?.conditions, 'Ready')?.status;
  if (ready === 'False') taints.push(...both(taintKeys.notReady));
  if (ready === 'Unknown') taints.push(...both(taintKeys.unreachable));
  // A node that has never reported takes no pods yet, and keeps those it has.
  if (ready === undefined) taints.push({ key: taintKeys.notReady, effect: 'NoSchedule' });
  for (const [type, key] of Object.entries(pressureTaints)) {
    if (conditionOf(status?.conditions, type)?.status === 'True') taints.push({ key, effect: 'NoSchedule' });
  }
  if (spec?.unschedulable) taints.push({ key: taintKeys.unschedulable, effect: 'NoSchedule' });
  return taints;
}

const both = (key: string): Taint[] => [
  { key, effect: 'NoSchedule' },
  { key, effect: 'NoExecute' },
];
