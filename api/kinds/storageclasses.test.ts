import { expect, test } from 'vitest';
import { storageclasses } from './storageclasses.ts';
import { cellsOf, created, createErrors, expectErrors, updateErrors } from './writes.fixture.ts';

const provisioner = 'example.com/disk';
const topology = (key: string, ...values: string[]) => ({ matchLabelExpressions: [{ key, values }] });

test('gets defaults', () => {
  expect(created(storageclasses, { provisioner })).toMatchObject({
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
  });
});

test.each<[object, string | undefined]>([
  [{ provisioner, allowedTopologies: [topology('zone', 'a', 'b')] }, undefined],
  [{}, 'provisioner: Required value'],
  [{ provisioner: 'a b' }, 'provisioner: Invalid value: "a b": name part must consist of'],
  [
    { provisioner, reclaimPolicy: 'Recycle' },
    'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"',
  ],
  [{ provisioner, volumeBindingMode: 'Late' }, 'volumeBindingMode: Unsupported value: "Late"'],
  [{ provisioner, parameters: { '': 'x' } }, 'parameters: Invalid value: "": field can not be empty.'],
  [
    { provisioner, allowedTopologies: [topology('zone')] },
    'allowedTopologies.matchLabelExpressions[0].values: Required',
  ],
  [
    { provisioner, allowedTopologies: [topology('zone', 'a', 'b'), topology('zone', 'b', 'a')] },
    'allowedTopologies[1].matchLabelExpressions: Duplicate value: ""',
  ],
])('%# %j: %s', (object, error) => expectErrors(createErrors(storageclasses, object), error));

test.each<[object, string | undefined]>([
  [{ provisioner, allowVolumeExpansion: true }, undefined],
  [{ provisioner: 'example.com/other' }, 'provisioner: Forbidden: updates to provisioner are forbidden.'],
  [{ provisioner, parameters: { a: 'b' } }, 'parameters: Forbidden: updates to parameters are forbidden.'],
  [
    { provisioner, volumeBindingMode: 'WaitForFirstConsumer' },
    'volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable',
  ],
])('%# an update to %j: %s', (object, error) =>
  expectErrors(updateErrors(storageclasses, { provisioner }, object), error),
);

test('prints which is the default', () => {
  const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
  expect(cellsOf(storageclasses, { metadata: { annotations }, provisioner })).toMatchObject({
    Name: 'a (default)',
    Provisioner: provisioner,
    ReclaimPolicy: 'Delete',
    AllowVolumeExpansion: false,
  });
});
