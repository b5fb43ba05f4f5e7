import { expect, test } from 'vitest';
import { verdicts } from './check-perf.ts';

test('the verdicts of etcdctl check perf', () => {
  const text =
    ' 60 / 60 Boooom! 100.00%1m0s\nPASS: Throughput is 983 writes/s\nFAIL: Slowest request took too long: 0.6s\nFAIL\n';
  expect(verdicts(text).map(({ what, ours, aim }) => [what, ours, aim?.met])).toEqual([
    ['Throughput is 983 writes/s', 'PASS', true],
    ['Slowest request took too long: 0.6s', 'FAIL', false],
    ['all of it', 'FAIL', false],
  ]);
});
