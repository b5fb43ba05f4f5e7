import { expect, test } from 'vitest';
import { selectorOfLabels } from '../api/selectors.ts';
import type { KubeObject } from '../api/types.ts';
import { planClaims } from './ownership.ts';

const owner: KubeObject = { metadata: { name: 'web', uid: 'rs' } };
const leaving: KubeObject = { metadata: { ...owner.metadata, deletionTimestamp: '2030-01-01T00:00:00Z' } };
const object = (name: string, app: string, controller?: string, deletionTimestamp?: string): KubeObject => ({
  metadata: {
    name,
    labels: { app },
    ...(deletionTimestamp && { deletionTimestamp }),
    ...(controller && {
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'x', uid: controller, controller: true }],
    }),
  },
});

const objects = [
  object('mine', 'web', 'rs'),
  object('mine-no-longer', 'db', 'rs'),
  object('orphan', 'web'),
  object('dying-orphan', 'web', undefined, '2030-01-01T00:00:00Z'),
  object('stranger', 'db'),
  object('of-another', 'web', 'other'),
];

test.each([
  ['an owner adopts and releases', owner, { owned: ['mine'], adopt: ['orphan'], release: ['mine-no-longer'] }],
  ['one that is being deleted does neither', leaving, { owned: ['mine'], adopt: [], release: [] }],
])('%s', (_, who, expected) => {
  const claims = planClaims(who, selectorOfLabels({ app: 'web' }), objects);
  const names = (list: KubeObject[]) => list.map((o) => o.metadata.name);
  expect({ owned: names(claims.owned), adopt: names(claims.adopt), release: names(claims.release) }).toEqual(expected);
});
