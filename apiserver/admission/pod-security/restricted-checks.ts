/**
 * What the level `restricted` asks for beside the baseline: pods that keep to the current practice of hardening.
 *
 * Upstream: k8s.io/pod-security-admission/policy/check_*.go
 */
import type { Volume } from '../../../api/types.ts';
import { addedCapabilities, badSeccomp, procMount } from './baseline-checks.ts';
import {
  type Check,
  containersNamed,
  containersThat,
  distinct,
  type Find,
  hasOwnUsers,
  plural,
  quoted,
  setters,
} from './check.ts';

const notOnWindows =
  (find: Find): Find =>
  (pod) =>
    pod.spec.os?.name === 'windows' ? undefined : find(pod);

const notWithOwnUsers =
  (find: Find): Find =>
  (pod) =>
    hasOwnUsers(pod) ? undefined : find(pod);

const escalation: Find = (pod) => {
  const names = containersThat(pod, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  if (names.length === 0) return undefined;
  const detail = `${containersNamed(names)} must set securityContext.allowPrivilegeEscalation=false`;
  return { reason: 'allowPrivilegeEscalation != false', detail };
};

const capabilities: Find = (pod) => {
  const keeping = containersThat(pod, (c) => !c.securityContext?.capabilities?.drop?.includes('ALL'));
  const details = [
    ...(keeping.length > 0 ? [`${containersNamed(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    addedCapabilities(pod, ['NET_BIND_SERVICE']),
  ].filter((detail) => detail !== undefined);
  return details.length === 0 ? undefined : { reason: 'unrestricted capabilities', detail: details.join('; ') };
};

const allowedVolumes: readonly (keyof Volume)[] = [
  ...(['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image', 'persistentVolumeClaim'] as const),
  ...(['projected', 'secret'] as const),
];

const volumes: Find = ({ spec }) => {
  const bad = (spec.volumes ?? []).filter((volume) => !allowedVolumes.some((source) => volume[source] !== undefined));
  if (bad.length === 0) return undefined;
  const types = distinct(bad.map((volume) => Object.keys(volume).find((key) => key !== 'name') ?? 'unknown'));
  const what = plural(types, 'restricted volume type');
  const names = quoted(bad.map(({ name }) => name));
  const detail = `${plural(bad, 'volume')} ${names} ${plural(bad, 'uses', 'use')} ${what} ${quoted(types)}`;
  return { reason: 'restricted volume types', detail };
};

const nonRoot: Find = (pod) => {
  const own = pod.spec.securityContext?.runAsNonRoot;
  const reason = 'runAsNonRoot != true';
  const root = containersThat(pod, ({ securityContext }) => securityContext?.runAsNonRoot === false);
  if (own === false || root.length > 0)
    return { reason, detail: `${setters(own === false, root)} must not set securityContext.runAsNonRoot=false` };
  const silent = containersThat(pod, ({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  if (own === true || silent.length === 0) return undefined;
  return { reason, detail: `pod or ${containersNamed(silent)} must set securityContext.runAsNonRoot=true` };
};

const user: Find = (pod) => {
  const own = pod.spec.securityContext?.runAsUser === 0;
  const names = containersThat(pod, ({ securityContext }) => securityContext?.runAsUser === 0);
  if (!own && names.length === 0) return undefined;
  return { reason: 'runAsUser=0', detail: `${setters(own, names)} must not set runAsUser=0` };
};

const seccomp: Find = (pod) => {
  const bad = badSeccomp(pod);
  if (bad || pod.spec.securityContext?.seccompProfile) return bad;
  const silent = containersThat(pod, ({ securityContext }) => securityContext?.seccompProfile === undefined);
  if (silent.length === 0) return undefined;
  const what = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"';
  return { reason: 'seccompProfile', detail: `pod or ${containersNamed(silent)} ${what}` };
};

/** In the order in which they are told of. */
export const restrictedChecks: readonly Check[] = [
  {
    id: 'allowPrivilegeEscalation',
    level: 'restricted',
    versions: [
      { since: 8, find: escalation },
      { since: 25, find: notOnWindows(escalation) },
    ],
  },
  {
    id: 'capabilities_restricted',
    level: 'restricted',
    overrides: 'capabilities_baseline',
    versions: [
      { since: 22, find: capabilities },
      { since: 25, find: notOnWindows(capabilities) },
    ],
  },
  {
    id: 'procMount_restricted',
    level: 'restricted',
    overrides: 'procMount',
    versions: [{ since: 35, find: procMount }],
  },
  {
    id: 'restrictedVolumes',
    level: 'restricted',
    overrides: 'hostPathVolumes',
    versions: [{ since: 0, find: volumes }],
  },
  {
    id: 'runAsNonRoot',
    level: 'restricted',
    versions: [
      { since: 0, find: nonRoot },
      { since: 35, find: notWithOwnUsers(nonRoot) },
    ],
  },
  {
    id: 'runAsUser',
    level: 'restricted',
    versions: [
      { since: 23, find: user },
      { since: 35, find: notWithOwnUsers(user) },
    ],
  },
  {
    id: 'seccompProfile_restricted',
    level: 'restricted',
    overrides: 'seccompProfile_baseline',
    versions: [
      { since: 19, find: seccomp },
      { since: 25, find: notOnWindows(seccomp) },
    ],
  },
];
