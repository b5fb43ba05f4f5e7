import { describe, expect, test } from 'vitest';
import { formatCidr, parseCidr } from '../../api/cidr.ts';
import { planPodCidr } from './controller.ts';

const next = (cluster: string, bits: number, ...taken: string[]) => {
  const range = planPodCidr(parseCidr(cluster), bits, taken.map(parseCidr));
  return range && formatCidr(range);
};

describe('the range of a node', () => {
  test.each<[string, number, string[], string | undefined]>([
    ['10.244.0.0/16', 24, [], '10.244.0.0/24'],
    ['10.244.0.0/16', 24, ['10.244.0.0/24', '10.244.2.0/24'], '10.244.1.0/24'],
    ['10.244.0.0/16', 24, ['10.244.0.0/23'], '10.244.2.0/24'],
    ['10.244.0.0/23', 24, ['10.244.0.0/24', '10.244.1.0/24'], undefined],
    ['200.244.0.0/16', 26, ['200.244.0.0/26'], '200.244.0.64/26'],
  ])('%s in /%i without %j is %s', (cluster, bits, taken, expected) =>
    expect(next(cluster, bits, ...taken)).toBe(expected),
  );
});
