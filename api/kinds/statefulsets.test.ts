import { expect, test } from 'vitest';
import { statefulsets } from './statefulsets.ts';
import { cellsOf, created, createErrors, expectErrors, statusErrors, updateErrors } from './writes.fixture.ts';

const labels = { app: 'db' };
const template = { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'i:1' }] } };
const set = (spec: object = {}) => ({ spec: { selector: { matchLabels: labels }, template, ...spec } });

test('gets defaults, its claims too', () => {
  const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } };
  expect(created(statefulsets, set({ volumeClaimTemplates: [claim] }))).toMatchObject({
    spec: {
      replicas: 1,
      revisionHistoryLimit: 10,
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0, maxUnavailable: 1 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          spec: { volumeMode: 'Filesystem' },
          status: { phase: 'Pending' },
        },
      ],
      template: { spec: { restartPolicy: 'Always' } },
    },
    status: { replicas: 0, availableReplicas: 0 },
  });
});

const strategy = (updateStrategy: object) => set({ updateStrategy });

test.each<[object, string | undefined]>([
  [set(), undefined],
  [strategy({ type: 'OnDelete' }), undefined],
  [{}, 'spec.selector: Required value'],
  [set({ selector: {} }), 'spec.selector: Invalid value: {}: empty selector is invalid for statefulset'],
  [
    set({ selector: { matchLabels: { app: 'x' } } }),
    'spec.template.metadata.labels: Invalid value: {"app":"db"}: `selector` does not match template `labels`',
  ],
  [set({ replicas: -1 }), 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
  [set({ ordinals: { start: -1 } }), 'spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0'],
  [
    set({ podManagementPolicy: 'Odd' }),
    `spec.podManagementPolicy: Invalid value: "Odd": must be 'OrderedReady' or 'Parallel'`,
  ],
  [
    strategy({ type: 'Odd' }),
    `spec.updateStrategy: Invalid value: {"type":"Odd"}: must be 'RollingUpdate' or 'OnDelete'`,
  ],
  [
    strategy({ type: 'OnDelete', rollingUpdate: {} }),
    `spec.updateStrategy.rollingUpdate: Invalid value: {}: only allowed for updateStrategy 'RollingUpdate'`,
  ],
  [
    strategy({ rollingUpdate: { partition: -1 } }),
    'spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0',
  ],
  [
    strategy({ rollingUpdate: { maxUnavailable: '0%' } }),
    'spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "0%": cannot be 0',
  ],
  [strategy({ rollingUpdate: { maxUnavailable: '101%' } }), 'Invalid value: "101%": must not be greater than 100%'],
  [
    set({ persistentVolumeClaimRetentionPolicy: { whenScaled: 'Keep' } }),
    'spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "Keep": supported values: "Delete", "Retain"',
  ],
  [
    set({ template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } }),
    'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
  ],
  [
    set({ template: { ...template, spec: { ...template.spec, activeDeadlineSeconds: 5 } } }),
    'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in StatefulSet is not Supported',
  ],
])('%# %j: %s', (object, error) => expectErrors(createErrors(statefulsets, object), error));

test.each<[what: string, object: object, error: string | undefined]>([
  ['replicas', set({ replicas: 5 }), undefined],
  ['the strategy', strategy({ type: 'OnDelete' }), undefined],
  [
    'the service',
    set({ serviceName: 'other' }),
    "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
  ],
])('an update of %s', (_, object, error) => expectErrors(updateErrors(statefulsets, set(), object), error));

test.each<[status: object, old: object, error: string | undefined]>([
  [{ replicas: 2, readyReplicas: 2, availableReplicas: 1 }, {}, undefined],
  [
    { replicas: 1, currentReplicas: 2 },
    {},
    'status.currentReplicas: Invalid value: 2: cannot be greater than status.replicas',
  ],
  [
    { replicas: 2, readyReplicas: 1, availableReplicas: 2 },
    {},
    'status.availableReplicas: Invalid value: 2: cannot be greater than readyReplicas',
  ],
  [{ replicas: 0 }, { collisionCount: 1 }, 'status.collisionCount: Invalid value: 0: cannot be decremented'],
])('%# status %j: %s', (status, old, error) => expectErrors(statusErrors(statefulsets, set(), status, old), error));

test('prints', () => {
  expect(cellsOf(statefulsets, { ...set({ replicas: 3 }), status: { readyReplicas: 2 } })).toMatchObject({
    Ready: '2/3',
    Containers: 'a',
    Images: 'i:1',
  });
});
