/** Rules of a pod's spec about where it runs, as whom, and with what. */
import { expect, test } from 'vitest';
import { persistentvolumes } from '../kinds/persistentvolumes.ts';
import { pods } from '../kinds/pods.ts';
import { created, createErrors, expectErrors } from '../kinds/writes.fixture.ts';

const container = { name: 'a', image: 'i:1' };
const pod = (spec: object = {}, more: object = {}) => ({ spec: { containers: [{ ...container, ...more }], ...spec } });

const required = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
const term = { topologyKey: 'zone', labelSelector: { matchLabels: { a: 'b' } } };
const near = (podAffinity: object) => pod({ affinity: { podAffinity } });
const spread = (...more: object[]) =>
  pod({
    topologySpreadConstraints: more.map((one) => ({
      maxSkew: 1,
      topologyKey: 'zone',
      whenUnsatisfiable: 'DoNotSchedule',
      ...one,
    })),
  });

test.each<[object, string | undefined]>([
  [near({ [required]: [term], [preferred]: [{ weight: 1, podAffinityTerm: term }] }), undefined],
  [near({ [required]: [{}] }), `podAffinity.${required}[0].topologyKey: Required value: can not be empty`],
  [
    near({ [preferred]: [{ weight: 101, podAffinityTerm: term }] }),
    `podAffinity.${preferred}[0].weight: Invalid value: 101: must be in the range 1-100`,
  ],
  [
    near({ [required]: [{ ...term, namespaces: ['A'] }] }),
    `podAffinity.${required}[0].namespace: Invalid value: "A": a lowercase RFC 1123 label`,
  ],
  [
    near({ [required]: [{ ...term, labelSelector: { matchExpressions: [{ key: 'a', operator: 'Odd' }] } }] }),
    `podAffinity.${required}[0].labelSelector.matchExpressions[0].operator: Invalid value: "Odd": not a valid selector`,
  ],
  [
    near({ [required]: [{ topologyKey: 'zone', matchLabelKeys: ['a'] }] }),
    `podAffinity.${required}[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set`,
  ],
  [
    near({ [required]: [{ ...term, matchLabelKeys: ['a'], mismatchLabelKeys: ['a'] }] }),
    `podAffinity.${required}[0].matchLabelKeys[0]: Invalid value: "a": exists in both matchLabelKeys and mismatch`,
  ],
  [
    pod({ affinity: { nodeAffinity: { [required]: {} } } }),
    `nodeAffinity.${required}.nodeSelectorTerms: Required value: must have at least one node selector term`,
  ],
  [
    pod({ affinity: { nodeAffinity: { [preferred]: [{ weight: 1, preference: { matchFields: [{ key: 'a' }] } }] } } }),
    `nodeAffinity.${preferred}[0].preference.matchFields[0].key: Invalid value: "a": not a valid field selector key`,
  ],
])('affinity %j', (object, error) => {
  expectErrors(createErrors(pods, object), error && `spec.affinity.${error}`);
});

test.each<[object, string | undefined]>([
  [spread({}, { topologyKey: 'host' }), undefined],
  [spread({ maxSkew: 0 }), '[0].maxSkew: Invalid value: 0: must be greater than zero'],
  [spread({ topologyKey: '' }), '[0].topologyKey: Required value: can not be empty'],
  [spread({ whenUnsatisfiable: 'Odd' }), '[0].whenUnsatisfiable: Unsupported value: "Odd"'],
  [spread({}, {}), '[1].{topologyKey, whenUnsatisfiable}: Duplicate value: "{zone, DoNotSchedule}"'],
  [spread({ minDomains: 0 }), '[0].minDomains: Invalid value: 0: must be greater than zero'],
  [
    spread({ minDomains: 2, whenUnsatisfiable: 'ScheduleAnyway' }),
    '[0].minDomains: Invalid value: 2: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway',
  ],
  [
    spread({ nodeTaintsPolicy: 'Odd' }),
    '[0].nodeTaintsPolicy: Unsupported value: "Odd": supported values: "Honor", "Ignore"',
  ],
])('spread %j', (object, error) => {
  expectErrors(createErrors(pods, object), error && `spec.topologySpreadConstraints${error}`);
});

test('keys of labels become part of the selectors that they narrow', () => {
  const constraint = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} };
  const podAffinity = { [required]: [{ ...term, matchLabelKeys: ['app', 'none'], mismatchLabelKeys: ['tenant'] }] };
  const { spec } = created(pods, {
    metadata: { labels: { app: 'web', tenant: 'a' } },
    ...pod({
      affinity: { podAffinity },
      topologySpreadConstraints: [{ ...constraint, matchLabelKeys: ['app'] }],
    }),
  });
  const app = { key: 'app', operator: 'In', values: ['web'] };
  expect(spec).toMatchObject({
    affinity: {
      podAffinity: {
        [required]: [
          {
            labelSelector: {
              matchLabels: { a: 'b' },
              matchExpressions: [app, { key: 'tenant', operator: 'NotIn', values: ['a'] }],
            },
          },
        ],
      },
    },
    topologySpreadConstraints: [{ labelSelector: { matchExpressions: [app] } }],
  });
});

const as = (securityContext: object, more: object = {}) => pod({ securityContext, ...more });
const id = 'must be between 0 and 2147483647, inclusive';

test.each<[object, string | undefined]>([
  [as({ runAsUser: 0, sysctls: [{ name: 'net/ipv4.ip_forward', value: '1' }] }), undefined],
  [as({ runAsUser: -1 }), `runAsUser: Invalid value: -1: ${id}`],
  [as({ supplementalGroups: [1, 2 ** 31] }), `supplementalGroups[1]: Invalid value: 2147483648: ${id}`],
  [as({ sysctls: [{ name: 'foo-', value: '1' }] }), 'sysctls[0].name: Invalid value: "foo-": must have at most 253'],
  [as({ sysctls: [{ name: 'a' }, { name: 'a' }] }), 'sysctls[1].name: Duplicate value: "a"'],
  [
    as({ fsGroupChangePolicy: 'Odd' }),
    'fsGroupChangePolicy: Unsupported value: "Odd": supported values: "Always", "On',
  ],
  [
    as({ seccompProfile: { type: 'Localhost' } }),
    'seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost',
  ],
  [
    as({ appArmorProfile: { type: 'Unconfined', localhostProfile: 'a' } }),
    'appArmorProfile.localhostProfile: Invalid value: "a": can only be set when AppArmor type is Localhost',
  ],
  [
    as({}, { hostPID: true, shareProcessNamespace: true }),
    'shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled',
  ],
])('security %j', (object, error) => {
  expectErrors(createErrors(pods, object), error && `spec.securityContext.${error}`);
});

const port = (hostPort: number, more: object = {}) => ({ containerPort: 80, hostPort, ...more });
const device = { name: 'v', devicePath: '/dev/a' };
const claim = { name: 'v', persistentVolumeClaim: { claimName: 'c' } };

test.each<[object, string | undefined]>([
  [pod({}, { ports: [port(80), port(80, { protocol: 'UDP' })] }), undefined],
  [
    pod({}, { ports: [port(80, { name: 'a' }), port(80, { name: 'b' })] }),
    'spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//80"',
  ],
  [pod({ volumes: [claim] }, { volumeDevices: [device] }), undefined],
  [pod({}, { volumeDevices: [device] }), 'spec.containers[0].volumeDevices[0].name: Not found: "v"'],
  [
    pod({ volumes: [claim] }, { volumeDevices: [device], volumeMounts: [{ name: 'v', mountPath: '/a' }] }),
    'spec.containers[0].volumeDevices[0].name: Invalid value: "v": must not already exist in volumeMounts',
  ],
  [
    pod({}, { resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'Odd' }] }),
    'spec.containers[0].resizePolicy[0].restartPolicy: Unsupported value: "Odd"',
  ],
  [pod({}, { resources: { claims: [{ name: 'gpu' }] } }), 'spec.containers[0].resources.claims[0]: Not found: "gpu"'],
  [
    pod({ resourceClaims: [{ name: 'gpu' }] }),
    'spec.resourceClaims[0]: Invalid value: {"name":"gpu"}: must specify one of: `resourceClaimName`',
  ],
  [pod({ schedulingGates: [{ name: 'a' }, { name: 'a' }] }), 'spec.schedulingGates[1]: Duplicate value: "a"'],
  [
    pod({ hostnameOverride: 'a.b', hostNetwork: true }),
    'spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true',
  ],
  [
    pod({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }),
    'spec.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
  ],
  [pod({}, { restartPolicy: 'Odd' }), 'spec.containers[0].restartPolicy: Unsupported value: "Odd"'],
  [
    pod({}, { restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }] }),
    'spec.containers[0].restartPolicy: Required value: must specify restartPolicy when restart rules are used',
  ],
  [
    pod({}, { restartPolicy: 'Never', restartPolicyRules: [{ action: 'Stop' }] }),
    'spec.containers[0].restartPolicyRules[0].exitCodes: Required value: must be specified',
  ],
  [pod({ os: { name: 'beos' } }), 'spec.os.name: Unsupported value: "beos": supported values: "linux", "windows"'],
  [
    pod({ ephemeralContainers: [{ name: 'debug', image: 'i' }] }),
    'spec.ephemeralContainers: Forbidden: cannot be set on create',
  ],
])('%j', (object, error) => {
  expectErrors(createErrors(pods, object), error);
});

test.each<[object, string | undefined]>([
  [{ nfs: { server: 'a', path: '/b' } }, undefined],
  [{ nfs: { server: 'a', path: 'b' } }, 'nfs.path: Invalid value: "b": must be an absolute path'],
  [
    { iscsi: { targetPortal: 'a', iqn: 'b' } },
    'iscsi.iqn: Invalid value: "b": must be valid format starting with iqn,',
  ],
  [{ rbd: { monitors: [] } }, 'rbd.monitors: Required value'],
  [{ gcePersistentDisk: { pdName: 'a', partition: 256 } }, 'gcePersistentDisk.partition: Invalid value: 256: must be'],
  [{ fc: {} }, 'fc.targetWWNs: Required value: must specify either targetWWNs or wwids, but not both'],
  [{ flocker: {} }, 'flocker: Required value: one of datasetName and datasetUUID is required'],
])('the source of a volume %j', (source, error) => {
  const volume = { name: 'v', ...source };
  expectErrors(createErrors(pods, pod({ volumes: [volume] })), error && `spec.volumes[0].${error}`);
  const spec = { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, ...source };
  expectErrors(createErrors(persistentvolumes, { spec }), error && `spec.${error}`);
});

test('an ephemeral volume has a claim that asks for something', () => {
  const errors = createErrors(
    pods,
    pod({ volumes: [{ name: 'v', ephemeral: { volumeClaimTemplate: { spec: {} } } }] }),
  );
  const at = 'spec.volumes[0].ephemeral.volumeClaimTemplate.spec';
  expect(errors).toEqual([
    `${at}.accessModes: Required value: at least 1 access mode is required`,
    `${at}.resources[storage]: Required value`,
  ]);
});

test.each<[object, string | undefined]>([
  [{ path: 'token', expirationSeconds: 600 }, undefined],
  [
    { path: 'token', expirationSeconds: 599 },
    'projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
  ],
  [
    { path: 'token', expirationSeconds: 2 ** 32 + 1 },
    'projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds',
  ],
  [{}, 'projected.path: Required value'],
  [{ path: '../token' }, 'projected.path: Invalid value: "../token": must not contain \'..\''],
])('a token in a volume: %j', (serviceAccountToken, error) => {
  const volume = { name: 'v', projected: { sources: [{ serviceAccountToken }] } };
  expectErrors(createErrors(pods, pod({ volumes: [volume] })), error && `spec.volumes[0].${error}`);
});
