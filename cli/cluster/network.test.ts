import { describe, expect, test } from 'vitest';
import { addressIn, type Cluster, nodeAddress, nodeNames } from './layout.ts';
import { overlaps, routesOf } from './network.ts';
import { slotAt } from './slot.ts';

const cluster: Cluster = { ...slotAt(1, true), runtime: 'docker', nodes: 2 };

test.each([
  ['10.96.0.0/16', '10.96.3.0/24', true],
  ['10.96.0.0/16', '10.97.0.0/16', false],
  ['10.0.0.0/8', '10.244.0.0/16', true],
  ['10/8', '10.244.0.0/16', true],
  ['10.96.0.1', '10.96.0.0/16', true],
  ['192.168.255.255', '192.169.0.0/16', false],
  ['default', '10.96.0.0/16', false],
  ['0.0.0.0/1', '10.96.0.0/16', true],
])('overlaps(%s, %s) is %s', (a, b, expected) => {
  expect(overlaps(a, b)).toBe(expected);
  expect(overlaps(b, a)).toBe(expected);
});

describe('addresses', () => {
  test('count from the start of the range', () => {
    expect(addressIn('10.96.0.0/16', 10)).toBe('10.96.0.10');
    expect(addressIn('10.244.0.0/16', 300)).toBe('10.244.1.44');
    expect(addressIn('200.0.0.0/8', 1)).toBe('200.0.0.1');
  });

  test('of nodes', () => {
    expect(nodeNames(cluster).map((node) => nodeAddress(cluster, node))).toEqual(['10.88.1.1', '10.88.1.2']);
  });
});

test('a cluster without node routes needs none for 127.0.0.0/8', () => {
  expect(routesOf(cluster).map((route) => route[1])).toEqual(['10.97.0.0/16', '10.245.0.0/16', '10.88.1.0/24']);
  expect(routesOf({ ...cluster, nodeCIDR: '127.88.1.0/24' }).map((route) => route[1])).not.toContain('127.88.1.0/24');
});
