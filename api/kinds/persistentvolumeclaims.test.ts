import { expect, test } from 'vitest';
import { persistentvolumeclaims } from './persistentvolumeclaims.ts';
import { cellsOf, created, createErrors, expectErrors, statusErrors, updateErrors } from './writes.fixture.ts';

const claim = (spec: object = {}, size = '1Gi') => ({
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: size } }, ...spec },
});

test('gets defaults, and both fields for its source', () => {
  const dataSource = { kind: 'PersistentVolumeClaim', name: 'other' };
  expect(created(persistentvolumeclaims, claim({ dataSource }))).toMatchObject({
    spec: { volumeMode: 'Filesystem', dataSource, dataSourceRef: dataSource },
    status: { phase: 'Pending' },
  });
  expect(created(persistentvolumeclaims, claim({ dataSourceRef: dataSource }))['spec']).toMatchObject({ dataSource });
  const elsewhere = { ...dataSource, namespace: 'n' };
  expect(created(persistentvolumeclaims, claim({ dataSourceRef: elsewhere }))['spec']).not.toHaveProperty('dataSource');
});

test.each<[object, string | undefined]>([
  [claim(), undefined],
  [claim({ accessModes: undefined }), 'spec.accessModes: Required value: at least 1 access mode is required'],
  [claim({ resources: {} }), 'spec.resources[storage]: Required value'],
  [claim({}, '0'), 'spec.resources[storage]: Invalid value: "0": must be greater than zero'],
  [claim({ volumeMode: 'Tape' }), 'spec.volumeMode: Unsupported value: "Tape"'],
  [
    claim({ dataSource: { kind: 'Secret', name: 'x' } }),
    `spec.dataSource: Invalid value: "Secret": must be 'PersistentVolumeClaim' when referencing the default apiGroup`,
  ],
  [
    claim({
      dataSource: { kind: 'PersistentVolumeClaim', name: 'x' },
      dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'y' },
    }),
    'spec: Invalid value: "spec.dataSource": must match dataSourceRef',
  ],
])('%# %j: %s', (object, error) => expectErrors(createErrors(persistentvolumeclaims, object), error));

const bound = { status: { phase: 'Bound', capacity: { storage: '1Gi' } } };
const fixed =
  'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName';

test.each<[what: string, old: object, object: object, error: string | undefined]>([
  ['its volume, once', claim(), claim({ volumeName: 'v' }), undefined],
  ['its volume, twice', claim({ volumeName: 'v' }), claim({ volumeName: 'w' }), fixed],
  ['its class, once', claim(), claim({ storageClassName: 'fast' }), undefined],
  ['its modes', claim(), claim({ accessModes: ['ReadWriteMany'] }), fixed],
  ['its size before it is bound', claim(), claim({}, '2Gi'), fixed],
  ['its size when bound', { ...claim({ volumeName: 'v' }), ...bound }, claim({ volumeName: 'v' }, '2Gi'), undefined],
  [
    'to less than it has',
    { ...claim({ volumeName: 'v' }, '2Gi'), ...bound },
    claim({ volumeName: 'v' }, '1Gi'),
    'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
  ],
])('an update of %s', (_, old, object, error) =>
  expectErrors(updateErrors(persistentvolumeclaims, old, object), error),
);

test('its status is checked', () => {
  const status = { capacity: { storage: '-1' } };
  expectErrors(
    statusErrors(persistentvolumeclaims, claim(), status),
    'status.capacity[storage]: Invalid value: "-1": must be a valid resource quantity',
  );
});

test('prints what it has, not what it asks for', () => {
  expect(cellsOf(persistentvolumeclaims, { ...claim(), status: { phase: 'Pending' } })).toMatchObject({
    Status: 'Pending',
    Capacity: '',
    'Access Modes': '',
  });
  const status = { phase: 'Bound', capacity: { storage: '5Gi' }, accessModes: ['ReadWriteMany', 'ReadWriteOnce'] };
  expect(cellsOf(persistentvolumeclaims, { ...claim({ volumeName: 'v' }), status })).toMatchObject({
    Volume: 'v',
    Capacity: '5Gi',
    'Access Modes': 'RWO,RWX',
  });
});
