/**
 * What pods use. Upstream: pkg/quota/v1/evaluator/core/pods.go
 */

import { isEqual } from '../patch/json.ts';
import { podLimits, podRequests, type ResourceQuantities } from '../pod-resources.ts';
import { isPodTerminal, qosClass } from '../pods.ts';
import { matches, selectorOf } from '../selectors.ts';
import type { Pod, PodSpec } from '../types.ts';
import { isNative } from '../validation/resource-names.ts';
import { countOf, plus } from './amounts.ts';
import type { Evaluator } from './evaluator.ts';

/** A quota on one of these wants every container to say how much it needs. No others are to join them. */
const mustBeSaid = ['cpu', 'limits.cpu', 'limits.memory', 'memory', 'requests.cpu', 'requests.memory'];
const countName = 'count/pods';
const named = [countName, 'pods', ...mustBeSaid];
const ephemeral = ['ephemeral-storage', 'requests.ephemeral-storage', 'limits.ephemeral-storage'];

/** What is given back by a resize is used until the node has done it. */
const resizing = { useStatus: true };

const requests = 'requests.';
const isHugePages = (name: string): boolean => name.startsWith('hugepages-');
const isQuotaName = (name: string): boolean =>
  named.includes(name) ||
  ephemeral.includes(name) ||
  isHugePages(name) ||
  (name.startsWith(requests) && (isHugePages(name.slice(requests.length)) || !isNative(name)));

export const podEvaluator: Evaluator<Pod> = {
  matching: (names) => names.filter(isQuotaName),
  usage(pod, now) {
    const exists = { [countName]: countOf(1) };
    return countsAsRunning(pod, now)
      ? plus(exists, runningUsage(podRequests(pod, resizing), podLimits(pod, resizing)))
      : exists;
  },
  inScope(pod, { scopeName, operator, values }) {
    const { priorityClassName } = pod.spec ?? {};
    switch (scopeName) {
      case 'Terminating':
        return hasDeadline(pod);
      case 'NotTerminating':
        return !hasDeadline(pod);
      case 'BestEffort':
        return qosClass(pod) === 'BestEffort';
      case 'NotBestEffort':
        return qosClass(pod) !== 'BestEffort';
      case 'CrossNamespacePodAffinity':
        return looksAtOtherNamespaces(pod.spec);
      case 'PriorityClass': {
        const requirement = { key: scopeName, operator, ...(values && { values }) };
        return matches(selectorOf({ matchExpressions: [requirement] }), {
          ...(priorityClassName && { [scopeName]: priorityClassName }),
        });
      }
      default:
        return false;
    }
  },
  unspecified({ spec }, names) {
    const wanted = names.filter((name) => mustBeSaid.includes(name)).sort();
    const ofPod = Object.keys(runningUsage(spec?.resources?.requests ?? {}, spec?.resources?.limits ?? {}));
    const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
    const silent = containers.map(({ name, resources }) => {
      const said = Object.keys(runningUsage(resources?.requests ?? {}, resources?.limits ?? {}));
      return { name, missing: wanted.filter((one) => !said.includes(one) && !ofPod.includes(one)) };
    });
    const texts = wanted.flatMap((one) => {
      const who = silent.filter(({ missing }) => missing.includes(one)).map(({ name }) => name);
      return who.length > 0 ? [`${one} for: ${[...new Set(who)].sort().join(',')}`] : [];
    });
    return texts.length > 0 ? `must specify ${texts.join('; ')}` : undefined;
  },
  charges({ operation, subresource, object, old }) {
    if (operation === 'create') return subresource === '';
    return subresource === 'resize' || (subresource === '' && hasDeadline(object) !== hasDeadline(old!));
  },
  replenishes: (old, pod, now) =>
    (countsAsRunning(old, now) && !countsAsRunning(pod, now)) ||
    hasDeadline(old) !== hasDeadline(pod) ||
    !isEqual(resourcesOf(old), resourcesOf(pod)),
};

/** Everything but its existence is used only as long as the pod may run. A pod whose node is lost never ends, but its time does. */
function countsAsRunning(pod: Pod, now: number): boolean {
  if (isPodTerminal(pod)) return false;
  const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return true;
  return now <= Date.parse(deletionTimestamp) + deletionGracePeriodSeconds * 1000;
}

/** The names under which requests and limits count. Values are quantities, or texts where only the names matter. */
function runningUsage<Q>(requests: Record<string, Q>, limits: Record<string, Q>): ResourceQuantities {
  const used: Record<string, unknown> = { pods: countOf(1) };
  for (const [name, quantity] of Object.entries(requests)) {
    const plain = ['cpu', 'memory', 'ephemeral-storage'].includes(name) || isHugePages(name);
    if (plain) used[name] = quantity;
    if (plain || !isNative(name)) used[`requests.${name}`] = quantity;
  }
  for (const name of ['cpu', 'memory', 'ephemeral-storage']) {
    if (limits[name] !== undefined) used[`limits.${name}`] = limits[name];
  }
  return used as ResourceQuantities;
}

const hasDeadline = ({ spec }: Pod): boolean => (spec?.activeDeadlineSeconds ?? -1) >= 0;

const resourcesOf = ({ spec, status }: Pod): unknown => [
  spec?.resources,
  [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map(({ resources }) => resources),
  status?.containerStatuses?.map(({ resources }) => resources),
];

/** Whether an affinity names namespaces, or selects them. */
function looksAtOtherNamespaces(spec: PodSpec | undefined): boolean {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {};
  return [podAffinity, podAntiAffinity]
    .flatMap((affinity) => [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((one) => one.podAffinityTerm),
    ])
    .some(({ namespaces = [], namespaceSelector }) => namespaces.length > 0 || namespaceSelector !== undefined);
}
