import { expect, test } from 'vitest';
import { csidrivers } from './csidrivers.ts';
import { cellsOf, created, createErrors, expectErrors, updated, updateErrors } from './writes.fixture.ts';

test('gets defaults', () => {
  expect(created(csidrivers, {})).toMatchObject({
    spec: {
      attachRequired: true,
      podInfoOnMount: false,
      storageCapacity: false,
      fsGroupPolicy: 'ReadWriteOnceWithFSType',
      volumeLifecycleModes: ['Persistent'],
      requiresRepublish: false,
      seLinuxMount: false,
    },
  });
});

const requests = (...tokenRequests: object[]) => ({ spec: { tokenRequests } });

test.each<[object, string | undefined]>([
  [{ spec: { volumeLifecycleModes: ['Ephemeral'] } }, undefined],
  [
    { spec: { volumeLifecycleModes: ['Forever'] } },
    'spec.volumeLifecycleModes: Unsupported value: "Forever": supported values: "Ephemeral", "Persistent"',
  ],
  [
    { spec: { fsGroupPolicy: 'x' } },
    'spec.fsGroupPolicy: Unsupported value: "x": supported values: "File", "None", "ReadWriteOnceWithFSType"',
  ],
  [requests({ audience: 'a', expirationSeconds: 600 }, { audience: '' }), undefined],
  [requests({ audience: 'a' }, { audience: 'a' }), 'spec.tokenRequests[1].audience: Duplicate value: "a"'],
  [
    requests({ audience: 'a', expirationSeconds: 1 }),
    'spec.tokenRequests[0].expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes',
  ],
  [
    requests({ audience: 'a', expirationSeconds: 2 ** 33 }),
    'spec.tokenRequests[0].expirationSeconds: Invalid value: 8589934592: may not specify a duration larger than 2^32',
  ],
  [
    { spec: { nodeAllocatableUpdatePeriodSeconds: 9 } },
    'spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 9: must be greater than or equal to 10 seconds',
  ],
  [{ spec: { serviceAccountTokenInSecrets: true } }, 'spec.serviceAccountTokenInSecrets: Invalid value: true'],
])('%# %j: %s', (object, error) => expectErrors(createErrors(csidrivers, object), error));

test.each<[object, string | undefined]>([
  [{ spec: { podInfoOnMount: true } }, undefined],
  [{ spec: { attachRequired: false } }, 'spec.attachedRequired: Invalid value: false: field is immutable'],
  [
    { spec: { volumeLifecycleModes: ['Ephemeral'] } },
    'spec.volumeLifecycleModes: Invalid value: ["Ephemeral"]: field is immutable',
  ],
])('%# an update to %j: %s', (object, error) => expectErrors(updateErrors(csidrivers, {}, object), error));

test('its generation rises with what the kubelet is to do otherwise, and counts from none', () => {
  const old = created(csidrivers, {});
  const generation = (spec: object) => updated(csidrivers, { ...old, spec }, old).metadata.generation;
  expect(generation({ podInfoOnMount: true })).toBeUndefined();
  expect(generation({ requiresRepublish: true })).toBe(1);
});

test('prints', () => {
  expect(cellsOf(csidrivers, { spec: {} })).toMatchObject({
    AttachRequired: true,
    PodInfoOnMount: false,
    StorageCapacity: false,
    TokenRequests: '<unset>',
    RequiresRepublish: false,
    Modes: '<none>',
  });
  const spec = {
    volumeLifecycleModes: ['Persistent', 'Ephemeral'],
    ...requests({ audience: 'a' }, { audience: 'b' }).spec,
  };
  expect(cellsOf(csidrivers, { spec })).toMatchObject({ TokenRequests: 'a,b', Modes: 'Persistent,Ephemeral' });
});
