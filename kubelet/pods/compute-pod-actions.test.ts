import { describe, expect, test } from 'vitest';
import type { Pod } from '../../api/types.ts';
import { type ActionInput, computePodActions } from './compute-pod-actions.ts';
import { container, now, observed, pod, ran, sandbox } from './fixtures.ts';
import { nothingObserved, type ObservedPod } from './observed.ts';

/** The plan in short: `sandbox 0, start app#0`. */
function plan(of: Pod, seen: ObservedPod, more: Partial<ActionInput> = {}): string {
  const actions = computePodActions({
    pod: of,
    observed: seen,
    now,
    failedProbes: new Map(),
    hasStarted: () => true,
    leastAttempt: () => 0,
    ...more,
  });
  return [
    ...(actions.killPod ? ['kill pod'] : []),
    ...(actions.createSandbox === undefined ? [] : [`sandbox ${actions.createSandbox}`]),
    ...actions.kill.map((k) => `kill ${k.containerId}: ${k.message}`),
    ...actions.start.map((s) => `start ${s.container.name}#${s.attempt}`),
    ...actions.backoff.map((b) => `wait ${b.container.name} ${b.delayMs / 1000}s`),
  ].join(', ');
}

const two = [container('app'), container('side')];
const init = [container('first'), container('second')];
const sidecar = [container('proxy', { restartPolicy: 'Always' })];
const never = { restartPolicy: 'Never' };
const onFailure = { restartPolicy: 'OnFailure' };

describe('what a pod needs', () => {
  test.each<[string, Pod, ObservedPod, string]>([
    ['nothing runs', pod(), nothingObserved, 'sandbox 0, start app#0'],
    ['only the sandbox runs', pod({ containers: two }), observed([]), 'start app#0, start side#0'],
    ['all run', pod({ containers: two }), observed([ran('app'), ran('side')]), ''],
    ['one ended for the first time', pod(), observed([ran('app', { exited: 1 })]), 'start app#1'],
    ['one ended again', pod(), observed([ran('app', { exited: 1, attempt: 1 })]), 'wait app 10s'],
    ['its delay has passed', pod(), observed([ran('app', { exited: 1, attempt: 1, agoMs: 10_000 })]), 'start app#2'],
    ['delays double', pod(), observed([ran('app', { exited: 0, attempt: 4 })]), 'wait app 80s'],
    ['up to five minutes', pod(), observed([ran('app', { exited: 1, attempt: 40 })]), 'wait app 300s'],
    [
      'and start anew after ten good minutes',
      pod(),
      observed([ran('app', { exited: 1, attempt: 9, ranMs: 600_000 })]),
      'start app#10',
    ],
    ['Never leaves it', pod(never), observed([ran('app', { exited: 1 })]), 'kill pod'],
    ['OnFailure repeats failures', pod(onFailure), observed([ran('app', { exited: 1 })]), 'start app#1'],
    ['OnFailure leaves successes', pod(onFailure), observed([ran('app', { exited: 0 })]), 'kill pod'],
    ['one of two is done', pod({ containers: two, ...never }), observed([ran('app', { exited: 0 }), ran('side')]), ''],
    ['init containers go first', pod({ initContainers: init }), nothingObserved, 'sandbox 0, start first#0'],
    ['one after another', pod({ initContainers: init }), observed([ran('first', { exited: 0 })]), 'start second#0'],
    ['and wait for each other', pod({ initContainers: init }), observed([ran('first')]), ''],
    ['a failed one repeats', pod({ initContainers: init }), observed([ran('first', { exited: 1 })]), 'start first#1'],
    ['or fails the pod', pod({ initContainers: init, ...never }), observed([ran('first', { exited: 1 })]), 'kill pod'],
    [
      'then the others start',
      pod({ initContainers: init }),
      observed([ran('first', { exited: 0 }), ran('second', { exited: 0 })]),
      'start app#0',
    ],
    ['a sidecar starts before', pod({ initContainers: sidecar }), observed([]), 'start proxy#0'],
    ['and runs beside', pod({ initContainers: sidecar }), observed([ran('proxy')]), 'start app#0'],
    [
      'and is kept running',
      pod({ initContainers: sidecar }),
      observed([ran('proxy', { exited: 0 }), ran('app')]),
      'start proxy#1',
    ],
    [
      'until the rest has ended',
      pod({ initContainers: sidecar, ...never }),
      observed([ran('proxy'), ran('app', { exited: 0 })]),
      'kill pod, kill proxy-0: ',
    ],
    [
      'the sandbox died',
      pod(),
      observed([ran('app', { exited: 137 })], [sandbox({ state: 'notready' })]),
      'kill pod, sandbox 1, start app#1',
    ],
    [
      'it died and nothing may restart',
      pod(never),
      observed([ran('app', { exited: 137 })], [sandbox({ state: 'notready' })]),
      'kill pod',
    ],
    [
      'init containers run again in a new sandbox',
      pod({ initContainers: init }),
      observed([ran('app', { exited: 137 }), ran('first', { exited: 0 })], [sandbox({ id: 's1' })]),
      'start first#1',
    ],
    [
      'the image changed',
      pod(),
      observed([ran('app', { hash: 'other' })]),
      'kill app-0: definition changed, will be restarted',
    ],
  ])('%s', (_, of, seen, expected) => {
    expect(plan(of, seen)).toBe(expected);
  });

  test('a container whose probe failed is restarted, if the policy says so', () => {
    const failedProbes = new Map([['app-0', 'failed liveness probe']]);
    const seen = observed([ran('app')]);
    expect(plan(pod(), seen, { failedProbes })).toBe('kill app-0: failed liveness probe, will be restarted');
    expect(plan(pod(never), seen, { failedProbes })).toBe('kill app-0: failed liveness probe');
  });

  test('the others wait until a sidecar has passed its startup probe', () => {
    const seen = observed([ran('proxy')]);
    expect(plan(pod({ initContainers: sidecar }), seen, { hasStarted: () => false })).toBe('');
  });

  test('a container that somebody removed goes on counting its restarts', () => {
    expect(plan(pod(), observed([]), { leastAttempt: () => 3 })).toBe('start app#3');
  });
});

describe('ephemeral containers', () => {
  const look = (more: object = {}) => ({ name: 'look', image: 'busybox:1.35', ...more });
  const withLook = (more: object = {}, spec: object = {}) => pod({ ephemeralContainers: [look(more)], ...spec });
  test.each<[string, Pod, ObservedPod, Partial<ActionInput>, string]>([
    ['start beside what runs', withLook(), observed([ran('app')]), {}, 'start look#0'],
    [
      'do not wait for init containers',
      withLook({}, { initContainers: init }),
      observed([ran('first')]),
      {},
      'start look#0',
    ],
    ['wait for the sandbox', withLook(), nothingObserved, {}, 'sandbox 0, start app#0'],
    ['never start again', withLook(), observed([ran('app'), ran('look', { exited: 1 })]), {}, ''],
    ['nor when the runtime has lost them', withLook(), observed([ran('app')]), { leastAttempt: () => 1 }, ''],
    [
      'do not keep a pod alive',
      withLook({}, never),
      observed([ran('app', { exited: 0 }), ran('look')]),
      {},
      'kill pod',
    ],
  ])('%s', (_, of, seen, more, expected) => expect(plan(of, seen, more)).toBe(expected));

  test('see the processes of their target, if it runs', () => {
    const input = (seen: ObservedPod): ActionInput => ({
      pod: withLook({ targetContainerName: 'app' }),
      observed: seen,
      now,
      failedProbes: new Map(),
      hasStarted: () => true,
      leastAttempt: () => 0,
    });
    const target = (seen: ObservedPod) =>
      computePodActions(input(seen)).start.find((s) => s.container.name === 'look')?.target;
    expect(target(observed([ran('app')]))).toEqual({ name: 'app', id: 'app-0' });
    expect(target(observed([ran('app', { exited: 1 })]))).toEqual({ name: 'app', id: undefined });
  });
});
