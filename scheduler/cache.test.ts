import { expect, test } from 'vitest';
import type { Node, Pod } from '../api/types.ts';
import { Cache } from './cache.ts';
import { podInfo } from './node-info.ts';

const node = (name: string): Node => ({ metadata: { name }, status: { allocatable: { cpu: '1', pods: '10' } } });
const pod = (nodeName?: string): Pod => ({
  metadata: { name: 'web', namespace: 'default' },
  spec: { containers: [{ name: 'c', resources: { requests: { cpu: '300m' } } }], ...(nodeName && { nodeName }) },
});

const usage = (cache: Cache) =>
  Object.fromEntries(cache.nodes().map((info) => [info.node!.metadata.name, info.requested['cpu'] ?? 0]));

test('an assumed pod counts until it is confirmed, once', () => {
  const cache = new Cache();
  cache.setNode(node('a'));
  cache.assume(podInfo(pod()), 'a');
  expect(usage(cache)).toEqual({ a: 300 });
  cache.setPod(pod('a'));
  expect(usage(cache)).toEqual({ a: 300 });
});

test('a dropped assumption counts no longer; one that was confirmed stays', () => {
  const cache = new Cache();
  cache.setNode(node('a'));
  const info = podInfo(pod());
  cache.assume(info, 'a');
  cache.dropAssumption(info);
  expect(usage(cache)).toEqual({ a: 0 });
  cache.assume(info, 'a');
  cache.setPod(pod('a'));
  cache.dropAssumption(info);
  expect(usage(cache)).toEqual({ a: 300 });
});

test('the server has the last word on where a pod runs', () => {
  const cache = new Cache();
  cache.setNode(node('a'));
  cache.setNode(node('b'));
  cache.assume(podInfo(pod()), 'a');
  cache.setPod(pod('b'));
  expect(usage(cache)).toEqual({ a: 0, b: 300 });
});

test('a node that goes and comes back still has its pods', () => {
  const cache = new Cache();
  cache.setPod(pod('a'));
  expect(cache.nodes()).toEqual([]);
  cache.setNode(node('a'));
  expect(usage(cache)).toEqual({ a: 300 });
  cache.removeNode('a');
  cache.setNode(node('a'));
  expect(usage(cache)).toEqual({ a: 300 });
  cache.removePod('default/web');
  expect(usage(cache)).toEqual({ a: 0 });
});
