import { expect, test } from 'vitest';
import { persistentvolumes } from './persistentvolumes.ts';
import { cellsOf, created, createErrors, expectErrors, updateErrors } from './writes.fixture.ts';

const hostPath = { path: '/tmp/x' };
const volume = (spec: object = {}) => ({
  spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath, ...spec },
});

test('gets defaults, and the time of its phase', () => {
  expect(created(persistentvolumes, volume())).toMatchObject({
    spec: { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem', hostPath: { type: '' } },
    status: { phase: 'Pending', lastPhaseTransitionTime: '2024-01-01T00:00:00Z' },
  });
  const sources = { iscsi: {}, rbd: {}, azureDisk: {}, scaleIO: {} };
  expect(created(persistentvolumes, { spec: sources })['spec']).toMatchObject({
    iscsi: { iscsiInterface: 'default' },
    rbd: { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' },
    azureDisk: { cachingMode: 'ReadWrite', kind: 'Shared', fsType: 'ext4', readOnly: false },
    scaleIO: { storageMode: 'ThinProvisioned', fsType: 'xfs' },
  });
});

const on = (required: object) => ({ hostPath: undefined, local: { path: '/x' }, nodeAffinity: { required } });
const node = (requirement: object) => on({ nodeSelectorTerms: [{ matchExpressions: [requirement] }] });

test.each<[object, string | undefined]>([
  [volume(), undefined],
  [volume(node({ key: 'kubernetes.io/hostname', operator: 'In', values: ['n'] })), undefined],
  [volume({ accessModes: [] }), 'spec.accessModes: Required value'],
  [volume({ accessModes: ['Some'] }), 'spec.accessModes: Unsupported value: "Some": supported values: "ReadOnlyMany"'],
  [
    volume({ accessModes: ['ReadWriteOncePod', 'ReadWriteOnce'] }),
    'spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes',
  ],
  [volume({ capacity: {} }), 'spec.capacity: Required value'],
  [volume({ capacity: { cpu: '1' } }), 'spec.capacity: Unsupported value: {"cpu":"1"}: supported values: "storage"'],
  [volume({ capacity: { storage: '0' } }), 'spec.capacity[storage]: Invalid value: "0": must be greater than zero'],
  [volume({ hostPath: undefined }), 'spec: Required value: must specify a volume type'],
  [volume({ nfs: {} }), 'spec.nfs: Forbidden: may not specify more than 1 volume type'],
  [
    volume({ hostPath: undefined, nfs: { server: 's', path: 'x' } }),
    'spec.nfs.path: Invalid value: "x": must be an absolute path',
  ],
  [volume({ hostPath: undefined, csi: { driver: 'd' } }), 'spec.csi.volumeHandle: Required value'],
  [
    volume({ hostPath: undefined, local: { path: '/x' } }),
    'spec.nodeAffinity: Required value: Local volume requires node affinity',
  ],
  [
    volume(on({ nodeSelectorTerms: [] })),
    'nodeSelectorTerms: Required value: must have at least one node selector term',
  ],
  [
    volume(node({ key: 'a', operator: 'In' })),
    "spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
  ],
  [volume(node({ key: 'a', operator: 'Like' })), 'operator: Invalid value: "Like": not a valid selector operator'],
  [
    volume({ hostPath: { path: '/' }, persistentVolumeReclaimPolicy: 'Recycle' }),
    "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'",
  ],
  [
    volume({ volumeMode: 'Tape' }),
    'spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"',
  ],
  [volume({ volumeAttributesClassName: 'x' }), 'spec.csi: Required value: has to be specified when using'],
])('%# %j: %s', (object, error) => expectErrors(createErrors(persistentvolumes, object), error));

test.each<[object, string | undefined]>([
  [volume({ capacity: { storage: '2Gi' }, claimRef: { name: 'c' } }), undefined],
  [
    volume({ hostPath: { path: '/tmp/y' } }),
    'spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable',
  ],
  [volume({ volumeMode: 'Block' }), 'volumeMode: Invalid value: "Block": field is immutable'],
])('%# an update to %j: %s', (object, error) => expectErrors(updateErrors(persistentvolumes, volume(), object), error));

test('the time of its phase moves with it', () => {
  const old = { metadata: {}, status: { phase: 'Pending', lastPhaseTransitionTime: 'then' } };
  const change = (status: object) => {
    const object = { metadata: {}, status };
    persistentvolumes.strategy?.prepareForStatusUpdate?.(object, old, {
      now: 'now',
      user: { name: 'jane', groups: [] },
    });
    return object.status;
  };
  expect(change({ phase: 'Bound' })).toEqual({ phase: 'Bound', lastPhaseTransitionTime: 'now' });
  expect(change({ phase: 'Bound', lastPhaseTransitionTime: 'own' })).toMatchObject({ lastPhaseTransitionTime: 'own' });
  expect(change({ phase: 'Pending' })).toEqual({ phase: 'Pending' });
});

test('prints', () => {
  const spec = { ...volume().spec, claimRef: { namespace: 'n', name: 'c' }, storageClassName: 'fast' };
  expect(cellsOf(persistentvolumes, { spec, status: { phase: 'Bound' } })).toMatchObject({
    Capacity: '1Gi',
    'Access Modes': 'RWO',
    Status: 'Bound',
    Claim: 'n/c',
    StorageClass: 'fast',
    VolumeAttributesClass: '<unset>',
    VolumeMode: '<unset>',
  });
});
