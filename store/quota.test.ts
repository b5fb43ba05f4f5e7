import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TxnRequest } from '../api/etcd.ts';
import type { Init } from '../api/protobuf.ts';
import { Quota, txnCost } from './quota.ts';

const put = (key: string, value: string): { requestPut: { key: string; value: string } } => ({
  requestPut: { key, value },
});

test.each<[what: string, request: Init<TxnRequest>, cost: number]>([
  ['nothing', {}, 0],
  ['reads and deletions', { success: [{ requestRange: { key: 'k' } }, { requestDeleteRange: { key: 'k' } }] }, 0],
  ['a put', { success: [put('key', 'value')] }, 256 + 3 * 3 + 5],
  ['the more expensive branch', { success: [put('k', '1')], failure: [put('k', '1'), put('l', '22')] }, 2 * 259 + 3],
  ['a nested one', { success: [{ requestTxn: { failure: [put('k', '')] } }, put('l', '')] }, 2 * 259],
])('%s', (_what, request, cost) => {
  expect(txnCost(TxnRequest.decode(TxnRequest.encode(request)))).toBe(cost);
});

describe('a quota', () => {
  let directory: string;
  let raised: boolean;
  const alarm = {
    isRaised: () => raised,
    raise: () => {
      raised = true;
    },
  };
  const grow = (bytes: number): void => writeFileSync(join(directory, 'file'), Buffer.alloc(bytes));
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'minik-quota-'));
    raised = false;
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  test('counts what it lets in, looks at the disk before it refuses, and raises the alarm', () => {
    grow(500);
    const quota = new Quota(directory, 1000, alarm);
    // Reckoned 800, then 1100: but nothing of it came to the disk, so it is 800 again.
    quota.check(300);
    quota.check(300);
    grow(900);
    quota.check(199);
    expect(() => quota.check(100)).toThrow('etcdserver: mvcc: database space exceeded');
    expect(raised).toBe(true);
  });

  test('refuses while the alarm is raised, room or not', () => {
    const quota = new Quota(directory, 1000, alarm);
    raised = true;
    expect(() => quota.check(1)).toThrow('database space exceeded');
    raised = false;
    quota.check(1);
  });

  test('without a limit takes everything, until somebody raises the alarm', () => {
    grow(5000);
    const quota = new Quota(directory, -1, alarm);
    quota.check(1_000_000);
    raised = true;
    expect(() => quota.check(1)).toThrow('database space exceeded');
  });
});
