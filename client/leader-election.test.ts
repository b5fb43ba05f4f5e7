import { expect, test } from 'vitest';
import type { Lease } from '../api/types.ts';
import { decide } from './leader-election.ts';

const heldBy = (holderIdentity: string): Lease => ({
  metadata: { name: 'kube-scheduler' },
  spec: { holderIdentity, leaseDurationSeconds: 15 },
});

test.each([
  ['no lease yet', undefined, 0, 'create'],
  ['held by us', heldBy('us'), 0, 'renew'],
  ['held by us, long expired: it is still ours', heldBy('us'), 60_000, 'renew'],
  ['held by another', heldBy('them'), 14_999, 'wait'],
  ['held by another, not renewed for its duration', heldBy('them'), 15_000, 'take'],
  ['given back', heldBy(''), 0, 'take'],
] as const)('%s', (_, lease, ageMs, decision) => {
  expect(decide(lease, 'us', 1_000_000, 1_000_000 + ageMs)).toBe(decision);
});
