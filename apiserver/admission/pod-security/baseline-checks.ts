/**
 * What the level `baseline` forbids: the known ways out of a container.
 *
 * Upstream: k8s.io/pod-security-admission/policy/check_*.go
 */
import type { Container, Probe } from '../../../api/types.ts';
import {
  type Check,
  containersNamed,
  containersOf,
  containersThat,
  distinct,
  type Find,
  hasOwnUsers,
  type PodLike,
  plural,
  quoted,
  setters,
} from './check.ts';

const safeProfiles = ['RuntimeDefault', 'Localhost'];
const isBadProfile = (profile: { type: string } | undefined): boolean =>
  profile !== undefined && !safeProfiles.includes(profile.type);

const appArmorAnnotation = 'container.apparmor.security.beta.kubernetes.io/';
const isBadAppArmor = (profile: string): boolean =>
  profile !== '' && profile !== 'runtime/default' && !profile.startsWith('localhost/');

const appArmor: Find = (pod) => {
  const own = pod.spec.securityContext?.appArmorProfile;
  const containers = containersOf(pod).filter((c) => isBadProfile(c.securityContext?.appArmorProfile));
  const annotations = badAnnotations(pod, (key) => key.startsWith(appArmorAnnotation), isBadAppArmor);
  const values = [
    ...distinct([
      ...(isBadProfile(own) ? [own!.type] : []),
      ...containers.map((c) => c.securityContext!.appArmorProfile!.type),
    ]),
    ...annotations,
  ];
  if (values.length === 0) return undefined;
  const who = [
    setters(
      isBadProfile(own),
      containers.map(({ name }) => name),
    ),
    annotations.length > 0 ? plural(annotations, 'annotation') : '',
  ].filter(Boolean);
  return {
    reason: plural(values, 'forbidden AppArmor profile'),
    detail: `${who.join(' and ')} must not set AppArmor profile type to ${quoted(values)}`,
  };
};

/** Annotations with a value that is not allowed, as `KEY="VALUE"`. */
const badAnnotations = (
  { metadata }: PodLike,
  concerns: (key: string) => boolean,
  isBad: (value: string) => boolean,
): string[] =>
  Object.entries(metadata?.annotations ?? {})
    .filter(([key, value]) => concerns(key) && isBad(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort();

/** Containers that add capabilities beyond the allowed ones: part of this level and, with others, of the next. */
export function addedCapabilities(pod: PodLike, allowed: readonly string[]): string | undefined {
  const extra = ({ securityContext }: Container): string[] =>
    (securityContext?.capabilities?.add ?? []).filter((capability) => !allowed.includes(capability));
  const names = containersThat(pod, (c) => extra(c).length > 0);
  if (names.length === 0) return undefined;
  const added = quoted(distinct(containersOf(pod).flatMap(extra)));
  return `${containersNamed(names)} must not include ${added} in securityContext.capabilities.add`;
}

const defaultCapabilities = [
  ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'SETFCAP'],
  ...['SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'],
];

const capabilities: Find = (pod) => {
  const detail = addedCapabilities(pod, defaultCapabilities);
  return detail === undefined ? undefined : { reason: 'non-default capabilities', detail };
};

const hostNamespaces: Find = ({ spec }) => {
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) => spec[name]);
  if (shared.length === 0) return undefined;
  return { reason: 'host namespaces', detail: shared.map((name) => `${name}=true`).join(', ') };
};

const hostPathVolumes: Find = ({ spec }) => {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name);
  return names.length === 0
    ? undefined
    : { reason: 'hostPath volumes', detail: `${plural(names, 'volume')} ${quoted(names)}` };
};

const hostPorts: Find = (pod) => {
  const portsOf = ({ ports = [] }: Container): string[] =>
    ports.flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : []));
  const names = containersThat(pod, (c) => portsOf(c).length > 0);
  if (names.length === 0) return undefined;
  const ports = distinct(containersOf(pod).flatMap(portsOf));
  const detail = `${containersNamed(names)} ${plural(names, 'uses', 'use')} ${plural(ports, 'hostPort')} ${ports.join(', ')}`;
  return { reason: 'hostPort', detail };
};

type Handler = Pick<Probe, 'httpGet' | 'tcpSocket'>;

const probeHosts: Find = (pod) => {
  const hostsOf = ({ livenessProbe, readinessProbe, startupProbe, lifecycle }: Container): string[] => {
    const handlers: (Handler | undefined)[] = [livenessProbe, readinessProbe, startupProbe];
    handlers.push(lifecycle?.postStart, lifecycle?.preStop);
    const hosts = handlers.flatMap((handler) => [handler?.httpGet?.host, handler?.tcpSocket?.host]);
    return hosts.filter((host): host is string => Boolean(host));
  };
  const names = distinct(containersThat(pod, (c) => hostsOf(c).length > 0));
  if (names.length === 0) return undefined;
  const hosts = distinct(containersOf(pod).flatMap(hostsOf));
  const what = plural(hosts, 'probe or lifecycle host');
  const detail = `${containersNamed(names)} ${plural(names, 'uses', 'use')} ${what} ${quoted(hosts)}`;
  return { reason: 'probe or lifecycle host', detail };
};

const privileged: Find = (pod) => {
  const names = containersThat(pod, ({ securityContext }) => securityContext?.privileged);
  if (names.length === 0) return undefined;
  return { reason: 'privileged', detail: `${containersNamed(names)} must not set securityContext.privileged=true` };
};

/** Also a check of the next level, which does not let pods with users of their own do otherwise. */
export const procMount: Find = (pod) => {
  const mountOf = ({ securityContext }: Container): string => securityContext?.procMount ?? 'Default';
  const bad = containersOf(pod).filter((c) => mountOf(c) !== 'Default');
  if (bad.length === 0) return undefined;
  const names = containersNamed(bad.map(({ name }) => name));
  const values = quoted(distinct(bad.map(mountOf)));
  return { reason: 'procMount', detail: `${names} must not set securityContext.procMount to ${values}` };
};

const containerTypes = ['', 'container_t', 'container_init_t', 'container_kvm_t'];

const seLinux =
  (types: readonly string[]): Find =>
  (pod) => {
    const own = pod.spec.securityContext?.seLinuxOptions;
    const all = [own, ...containersOf(pod).map((c) => c.securityContext?.seLinuxOptions)];
    const hasBadType = (options: typeof own): boolean => !types.includes(options?.type ?? '');
    const isBad = (options: typeof own): boolean =>
      hasBadType(options) || Boolean(options?.user) || Boolean(options?.role);
    if (!all.some(isBad)) return undefined;
    const badTypes = distinct(all.filter(hasBadType).map((options) => options?.type ?? ''));
    const what = [
      ...(badTypes.length > 0 ? [`${plural(badTypes, 'type')} ${quoted(badTypes)}`] : []),
      ...(all.some((options) => options?.user) ? ['user may not be set'] : []),
      ...(all.some((options) => options?.role) ? ['role may not be set'] : []),
    ];
    const names = containersThat(pod, (c) => isBad(c.securityContext?.seLinuxOptions));
    const who = setters(isBad(own), names);
    return {
      reason: 'seLinuxOptions',
      detail: `${who} set forbidden securityContext.seLinuxOptions: ${what.join('; ')}`,
    };
  };

const seccompAnnotations = [
  'seccomp.security.alpha.kubernetes.io/pod',
  'container.seccomp.security.alpha.kubernetes.io/',
];
const isBadSeccomp = (profile: string): boolean =>
  profile !== 'runtime/default' && profile !== 'docker/default' && !profile.startsWith('localhost/');

const seccompByAnnotation: Find = (pod) => {
  const [ofPod, ofContainer] = seccompAnnotations;
  const keys = [ofPod, ...containersOf(pod).map(({ name }) => `${ofContainer}${name}`)];
  const bad = badAnnotations(pod, (key) => keys.includes(key), isBadSeccomp);
  if (bad.length === 0) return undefined;
  return { reason: 'seccompProfile', detail: `forbidden ${plural(bad, 'annotation')} ${bad.join(', ')}` };
};

/** Seccomp profiles that are set, and not to what is safe. */
export const badSeccomp: Find = (pod) => {
  const own = pod.spec.securityContext?.seccompProfile;
  const bad = containersOf(pod).filter((c) => isBadProfile(c.securityContext?.seccompProfile));
  if (!isBadProfile(own) && bad.length === 0) return undefined;
  const values = [own, ...bad.map((c) => c.securityContext?.seccompProfile)].filter(isBadProfile).map((p) => p!.type);
  const who = setters(
    isBadProfile(own),
    bad.map(({ name }) => name),
  );
  return {
    reason: 'seccompProfile',
    detail: `${who} must not set securityContext.seccompProfile.type to ${quoted(distinct(values))}`,
  };
};

const sysctls =
  (allowed: readonly string[]): Find =>
  ({ spec }) => {
    const names = (spec.securityContext?.sysctls ?? [])
      .map(({ name }) => name)
      .filter((name) => !allowed.includes(name));
    return names.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: names.join(', ') };
  };

const tcp = (names: string[]): string[] => names.map((name) => `net.ipv4.tcp_${name}`);
const sysctls0 = [
  ...['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies'],
  ...['net.ipv4.ping_group_range', 'net.ipv4.ip_unprivileged_port_start'],
];
const sysctls27 = [...sysctls0, 'net.ipv4.ip_local_reserved_ports'];
const sysctls29 = [...sysctls27, ...tcp(['keepalive_time', 'fin_timeout', 'keepalive_intvl', 'keepalive_probes'])];
const sysctls32 = [...sysctls29, ...tcp(['rmem', 'wmem'])];

const windowsHostProcess: Find = (pod) => {
  const own = pod.spec.securityContext?.windowsOptions?.hostProcess;
  const names = containersThat(pod, ({ securityContext }) => securityContext?.windowsOptions?.hostProcess);
  if (!own && names.length === 0) return undefined;
  const detail = `${setters(own, names)} must not set securityContext.windowsOptions.hostProcess=true`;
  return { reason: 'hostProcess', detail };
};

const always = (find: Find): Check['versions'] => [{ since: 0, find }];

/** In the order in which they are told of. */
export const baselineChecks: readonly Check[] = [
  { id: 'appArmorProfile', level: 'baseline', versions: always(appArmor) },
  { id: 'capabilities_baseline', level: 'baseline', versions: always(capabilities) },
  { id: 'hostNamespaces', level: 'baseline', versions: always(hostNamespaces) },
  { id: 'hostPathVolumes', level: 'baseline', versions: always(hostPathVolumes) },
  { id: 'hostPorts', level: 'baseline', versions: always(hostPorts) },
  { id: 'hostProbesAndHostLifecycle', level: 'baseline', versions: [{ since: 34, find: probeHosts }] },
  { id: 'privileged', level: 'baseline', versions: always(privileged) },
  {
    id: 'procMount',
    level: 'baseline',
    versions: [...always(procMount), { since: 35, find: (pod) => (hasOwnUsers(pod) ? undefined : procMount(pod)) }],
  },
  {
    id: 'seLinuxOptions',
    level: 'baseline',
    versions: [
      ...always(seLinux(containerTypes)),
      { since: 31, find: seLinux([...containerTypes, 'container_engine_t']) },
    ],
  },
  {
    id: 'seccompProfile_baseline',
    level: 'baseline',
    versions: [...always(seccompByAnnotation), { since: 19, find: badSeccomp }],
  },
  {
    id: 'sysctls',
    level: 'baseline',
    versions: [
      ...always(sysctls(sysctls0)),
      { since: 27, find: sysctls(sysctls27) },
      { since: 29, find: sysctls(sysctls29) },
      { since: 32, find: sysctls(sysctls32) },
    ],
  },
  { id: 'windowsHostProcess', level: 'baseline', versions: always(windowsHostProcess) },
];
