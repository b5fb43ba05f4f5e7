import { describe, expect, test } from 'vitest';
import type { Container, PodSpec } from '../../../api/types.ts';
import type { PodLike } from './check.ts';
import { detailsOf, reasonsOf, violationsOf } from './evaluate.ts';
import type { Level } from './policy.ts';

/** As it takes to be allowed everywhere. */
const safeContext = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};

const container = (name: string, more: Partial<Container> = {}): Container => ({
  name,
  ...more,
  securityContext: { ...safeContext, ...more.securityContext },
});

const pod = (spec: Partial<PodSpec> = {}, annotations?: Record<string, string>): PodLike => ({
  ...(annotations && { metadata: { annotations } }),
  spec: { containers: [container('c')], ...spec },
});

/** The pod with one container that says so. */
const saying = (securityContext: NonNullable<Container['securityContext']>): PodLike =>
  pod({ containers: [container('c', { securityContext })] });

const found = (level: Level, of: PodLike, version = 'latest'): string =>
  detailsOf(violationsOf({ level, version }, of));

test('a careful pod keeps to every level', () => {
  for (const level of ['privileged', 'baseline', 'restricted'] as const) expect(found(level, pod())).toBe('');
});

test('a pod that says nothing keeps to the baseline, and lacks four things for more', () => {
  const bare = { spec: { containers: [{ name: 'c' }] } };
  expect(found('baseline', bare)).toBe('');
  expect(found('restricted', bare)).toBe(
    'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), ' +
      'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), ' +
      'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), ' +
      'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  );
});

describe('the baseline forbids', () => {
  const appArmorKey = 'container.apparmor.security.beta.kubernetes.io/c';
  const unconfined = { type: 'Unconfined' };
  const named = (name: string, hostPort: number): Container =>
    container(name, { ports: [{ containerPort: 80, hostPort }] });

  test.each<[string, PodLike, string]>([
    [
      'AppArmor profiles',
      pod({ securityContext: { appArmorProfile: unconfined } }, { [appArmorKey]: 'unconfined' }),
      `forbidden AppArmor profiles (pod and annotation must not set AppArmor profile type to "Unconfined", "${appArmorKey}="unconfined"")`,
    ],
    [
      'capabilities that containers do not have by themselves',
      saying({ capabilities: { add: ['NET_RAW', 'CHOWN'] } }),
      'non-default capabilities (container "c" must not include "NET_RAW" in securityContext.capabilities.add)',
    ],
    [
      'namespaces of the node',
      pod({ hostNetwork: true, hostPID: true, hostIPC: true }),
      'host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)',
    ],
    [
      'files of the node',
      pod({
        volumes: [
          { name: 'a', hostPath: { path: '/' } },
          { name: 'b', emptyDir: {} },
        ],
      }),
      'hostPath volumes (volume "a")',
    ],
    [
      'ports of the node',
      pod({ containers: [named('c', 80), named('d', 443)] }),
      'hostPort (containers "c", "d" use hostPorts 443, 80)',
    ],
    [
      'probes of other hosts',
      pod({ containers: [container('c', { livenessProbe: { httpGet: { host: '10.0.0.1', port: 80 } } })] }),
      'probe or lifecycle host (container "c" uses probe or lifecycle host "10.0.0.1")',
    ],
    [
      'privileged containers, of whatever sort',
      pod({ initContainers: [container('i', { securityContext: { privileged: true } })] }),
      'privileged (container "i" must not set securityContext.privileged=true)',
    ],
    [
      'an unmasked /proc',
      saying({ procMount: 'Unmasked' }),
      'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
    ],
    [
      'labels of SELinux',
      pod({ securityContext: { seLinuxOptions: { type: 'foo', user: 'u', role: 'r' } } }),
      'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "foo"; user may not be set; role may not be set)',
    ],
    [
      'system calls without a filter',
      pod({ securityContext: { seccompProfile: unconfined } }),
      'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
    [
      'kernel parameters of the node',
      pod({ securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } }),
      'forbidden sysctls (kernel.msgmax)',
    ],
    [
      'processes of the node, on Windows',
      saying({ windowsOptions: { hostProcess: true } }),
      'hostProcess (container "c" must not set securityContext.windowsOptions.hostProcess=true)',
    ],
  ])('%s', (_, of, detail) => {
    expect(found('baseline', of)).toBe(detail);
  });
});

describe('more is restricted', () => {
  test.each<[string, PodLike, string]>([
    [
      'escalation',
      saying({ allowPrivilegeEscalation: true }),
      'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false)',
    ],
    [
      'capabilities, all but one',
      saying({ capabilities: { add: ['CHOWN', 'NET_BIND_SERVICE'] } }),
      'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]; container "c" must not include "CHOWN" in securityContext.capabilities.add)',
    ],
    [
      'volumes, to those that belong to the cluster',
      pod({
        volumes: [
          { name: 'a', hostPath: { path: '/' } },
          { name: 'b', nfs: { path: '/', server: 's' } },
          { name: 'c', configMap: {} },
        ],
      }),
      'restricted volume types (volumes "a", "b" use restricted volume types "hostPath", "nfs")',
    ],
    [
      'root, by name',
      pod({ securityContext: { runAsNonRoot: false } }),
      'runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)',
    ],
    ['root, by number', saying({ runAsUser: 0 }), 'runAsUser=0 (container "c" must not set runAsUser=0)'],
    [
      'a profile that is none',
      saying({ seccompProfile: { type: 'Unconfined' } }),
      'seccompProfile (container "c" must not set securityContext.seccompProfile.type to "Unconfined")',
    ],
  ])('%s', (_, of, detail) => {
    expect(found('restricted', of)).toBe(detail);
  });
});

describe('what the whole pod says', () => {
  const silent = {
    containers: [{ name: 'c', securityContext: { ...safeContext, runAsNonRoot: undefined } as object }],
  };

  test('counts for containers that say nothing', () => {
    expect(found('restricted', { spec: { ...silent, securityContext: { runAsNonRoot: true } } })).toBe('');
    expect(found('restricted', { spec: silent })).toContain('pod or container "c" must set');
  });
});

describe('versions', () => {
  const keepalive = { securityContext: { sysctls: [{ name: 'net.ipv4.tcp_keepalive_time', value: '1' }] } };
  const ownUsers = { ...saying({ procMount: 'Unmasked', runAsUser: 0 }).spec, hostUsers: false };
  const onWindows = { os: { name: 'windows' }, containers: [{ name: 'c', securityContext: { runAsNonRoot: true } }] };

  test.each<[string, Level, PodLike, string, string]>([
    ['v1.7', 'restricted', saying({ allowPrivilegeEscalation: true }), '', 'allowPrivilegeEscalation != false'],
    ['v1.21', 'restricted', saying({ capabilities: {} }), '', 'unrestricted capabilities'],
    ['v1.22', 'restricted', saying({ runAsUser: 0 }), '', 'runAsUser=0'],
    [
      'v1.24',
      'restricted',
      pod(onWindows),
      'allowPrivilegeEscalation != false, unrestricted capabilities, seccompProfile',
      '',
    ],
    ['v1.28', 'baseline', pod(keepalive), 'forbidden sysctls', ''],
    ['v1.34', 'restricted', pod(ownUsers), 'procMount, runAsUser=0', 'procMount'],
    ['v1.34', 'baseline', pod(ownUsers), 'procMount', ''],
    ['v1.18', 'baseline', pod({}, { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' }), 'seccompProfile', ''],
  ])('%s of %s differs from later ones', (version, level, of, then, now) => {
    expect(reasonsOf(violationsOf({ level, version }, of))).toBe(then);
    expect(reasonsOf(violationsOf({ level, version: 'latest' }, of))).toBe(now);
    expect(violationsOf({ level, version: 'v1.99' }, of)).toEqual(violationsOf({ level, version: 'latest' }, of));
  });
});
