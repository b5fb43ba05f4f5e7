import { describe, expect, test } from 'vitest';
import type { Pod } from '../../api/types.ts';
import { computeTermination, expiredContainers } from './compute-termination.ts';
import { container, now, observed, pod, ran } from './fixtures.ts';
import type { ObservedPod } from './observed.ts';

const stops = (of: Pod, seen: ObservedPod, stopping = new Map<string, number>()): string =>
  computeTermination(of, seen, stopping, now)
    .map((s) => `${s.container.id} ${s.graceSeconds}s`)
    .join(', ');

const sidecars = [container('one', { restartPolicy: 'Always' }), container('two', { restartPolicy: 'Always' })];
const deleted = (graceSeconds: number): Pod => {
  const of = pod({ terminationGracePeriodSeconds: 60 });
  return { ...of, metadata: { ...of.metadata, deletionGracePeriodSeconds: graceSeconds } };
};

describe('a pod that terminates', () => {
  test('stops all its containers within the grace period', () => {
    const of = pod({ containers: [container('app'), container('side')], terminationGracePeriodSeconds: 5 });
    expect(stops(of, observed([ran('app'), ran('side')]))).toBe('app-0 5s, side-0 5s');
  });

  test('stops sidecars last, the newest first', () => {
    const of = pod({ initContainers: sidecars, terminationGracePeriodSeconds: 5 });
    expect(stops(of, observed([ran('one'), ran('two'), ran('app')]))).toBe('app-0 5s');
    expect(stops(of, observed([ran('one'), ran('two'), ran('app', { exited: 0 })]))).toBe('two-0 5s');
    expect(stops(of, observed([ran('one'), ran('two', { exited: 0 })]))).toBe('one-0 5s');
  });

  test('asks once, and again when a second delete shortens the time', () => {
    const stopping = new Map([['app-0', now + 60_000]]);
    expect(stops(deleted(60), observed([ran('app')]), stopping)).toBe('');
    expect(stops(deleted(5), observed([ran('app')]), stopping)).toBe('app-0 5s');
    expect(stops(deleted(0), observed([ran('app')]), stopping)).toBe('app-0 2s');
  });

  test('knows its grace period from its containers when its object is lost', () => {
    const annotations = { 'io.kubernetes.pod.terminationGracePeriod': '7' };
    expect(stops({ metadata: { name: 'web', uid: 'u1' } }, observed([ran('app', { annotations })]))).toBe('app-0 7s');
  });
});

test('of each container the newest two attempts are kept', () => {
  const attempts = [0, 1, 2].map((attempt) => ran('app', { attempt, exited: 1 }));
  expect(expiredContainers(observed([...attempts, ran('app', { attempt: 3 }), ran('side')])).map((c) => c.id)).toEqual([
    'app-1',
    'app-0',
  ]);
});
