import { describe, expect, test } from 'vitest';
import type { Pod, PodStatus } from '../../api/types.ts';
import type { WaitingReason } from './container-status.ts';
import { container, now, observed, pod, ran, sandbox } from './fixtures.ts';
import { nothingObserved, type ObservedPod } from './observed.ts';
import { generatePodStatus, type StatusInput } from './pod-status.ts';

const status = (of: Pod, seen: ObservedPod, more: Partial<StatusInput> = {}): PodStatus =>
  generatePodStatus({
    pod: of,
    observed: seen,
    now,
    runtimeName: 'docker',
    hostIP: '10.88.0.1',
    waiting: new Map(),
    probes: { ready: () => true, started: () => true },
    terminating: false,
    failure: undefined,
    memoryCapacity: 2 ** 33,
    resize: undefined,
    ...more,
  });

const condition = (of: PodStatus, type: string): string => {
  const found = of.conditions?.find((c) => c.type === type);
  return [found?.status, found?.reason, found?.message].filter(Boolean).join(' | ');
};

const two = [container('app'), container('side')];
const never = { restartPolicy: 'Never' };
const onFailure = { restartPolicy: 'OnFailure' };

describe('phase', () => {
  test.each<[string, Pod, ObservedPod, Partial<StatusInput>, string]>([
    ['nothing runs yet', pod(), nothingObserved, {}, 'Pending'],
    ['an init container runs', pod({ initContainers: [container('i')] }), observed([ran('i')]), {}, 'Pending'],
    ['one of two has not started', pod({ containers: two }), observed([ran('app')]), {}, 'Pending'],
    ['all run', pod({ containers: two }), observed([ran('app'), ran('side')]), {}, 'Running'],
    ['it will restart', pod(), observed([ran('app', { exited: 1 })]), {}, 'Running'],
    ['OnFailure failed', pod(onFailure), observed([ran('app', { exited: 1 })]), {}, 'Running'],
    ['OnFailure succeeded', pod(onFailure), observed([ran('app', { exited: 0 })]), {}, 'Succeeded'],
    ['Never succeeded', pod(never), observed([ran('app', { exited: 0 })]), {}, 'Succeeded'],
    ['Never failed', pod(never), observed([ran('app', { exited: 2 })]), {}, 'Failed'],
    [
      'one of two failed',
      pod({ containers: two, ...never }),
      observed([ran('app', { exited: 0 }), ran('side', { exited: 1 })]),
      {},
      'Failed',
    ],
    [
      'one of two still runs',
      pod({ containers: two, ...never }),
      observed([ran('app', { exited: 1 }), ran('side')]),
      {},
      'Running',
    ],
    [
      'an init container failed for good',
      pod({ initContainers: [container('i')], ...never }),
      observed([ran('i', { exited: 1 })]),
      {},
      'Failed',
    ],
    ['deleted, stopped well', pod(), observed([ran('app', { exited: 0 })]), { terminating: true }, 'Succeeded'],
    ['deleted, killed', pod(), observed([ran('app', { exited: 137 })]), { terminating: true }, 'Failed'],
    [
      'out of time',
      pod(),
      observed([ran('app')]),
      { failure: { reason: 'DeadlineExceeded', message: 'late' } },
      'Failed',
    ],
  ])('%s', (_, of, seen, more, expected) => {
    expect(status(of, seen, more).phase).toBe(expected);
  });
});

describe('containers', () => {
  test('a new one waits for its creation, or for the init containers', () => {
    expect(status(pod(), nothingObserved).containerStatuses?.[0]).toMatchObject({
      name: 'app',
      ready: false,
      restartCount: 0,
      state: { waiting: { reason: 'ContainerCreating' } },
    });
    const withInit = status(pod({ initContainers: [container('i')] }), nothingObserved);
    expect(withInit.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: 'PodInitializing' } });
  });

  test('one that runs shows its image, its ID and the attempt before', () => {
    const seen = observed([ran('app', { attempt: 2 }), ran('app', { attempt: 1, exited: 3 })]);
    expect(status(pod(), seen).containerStatuses?.[0]).toMatchObject({
      containerID: 'docker://app-2',
      imageID: 'docker://sha256:abc',
      restartCount: 2,
      ready: true,
      started: true,
      state: { running: { startedAt: '2026-01-01T00:09:59Z' } },
      lastState: { terminated: { exitCode: 3, reason: 'Error', containerID: 'docker://app-1' } },
    });
  });

  test('one in back-off shows how it ended as its last state', () => {
    const waiting = new Map<string, WaitingReason>([['app', { reason: 'CrashLoopBackOff', message: 'back-off 10s' }]]);
    expect(
      status(pod(), observed([ran('app', { attempt: 1, exited: 1 })]), { waiting }).containerStatuses?.[0],
    ).toMatchObject({
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 1 } },
      restartCount: 1,
    });
  });

  test('one that somebody removed is not forgotten', () => {
    const before = { ...pod(), status: status(pod(), observed([ran('app', { attempt: 1 })])) };
    expect(status(before, observed([])).containerStatuses?.[0]).toMatchObject({
      restartCount: 2,
      state: { waiting: { reason: 'ContainerCreating' } },
      lastState: { terminated: { reason: 'ContainerStatusUnknown', exitCode: 137 } },
    });
  });
});

describe('conditions', () => {
  test('of a pod that serves', () => {
    const of = status(pod(), observed([ran('app')]));
    for (const type of ['PodScheduled', 'PodReadyToStartContainers', 'Initialized', 'ContainersReady', 'Ready'])
      expect(condition(of, type)).toBe('True');
    expect(of).toMatchObject({
      podIP: '10.244.0.2',
      hostIP: '10.88.0.1',
      qosClass: 'BestEffort',
      observedGeneration: 1,
    });
  });

  test('name what is not ready', () => {
    const probes = { ready: (id: string) => id !== 'side-0', started: () => true };
    const of = status(pod({ containers: two }), observed([ran('app'), ran('side')]), { probes });
    expect(condition(of, 'Ready')).toBe('False | ContainersNotReady | containers with unready status: [side]');
  });

  test('name init containers that have not completed', () => {
    const of = status(pod({ initContainers: [container('i'), container('j')] }), observed([ran('i')]));
    expect(condition(of, 'Initialized')).toBe(
      'False | ContainersNotInitialized | containers with incomplete status: [i j]',
    );
  });

  test('of a pod that has completed', () => {
    const of = status(pod(never), observed([ran('app', { exited: 0 })]));
    expect(condition(of, 'Ready')).toBe('False | PodCompleted');
    expect(condition(of, 'Initialized')).toBe('True | PodCompleted');
  });

  test('wait for readiness gates', () => {
    const gated = pod({ readinessGates: [{ conditionType: 'example.com/up' }] });
    const text = 'corresponding condition of pod readiness gate "example.com/up" does not exist.';
    expect(condition(status(gated, observed([ran('app')])), 'Ready')).toBe(`False | ReadinessGatesNotReady | ${text}`);
  });

  test('move their time only when they change, and lose the text that no longer holds', () => {
    const unready = status(pod(), observed([ran('app')]), { probes: { ready: () => false, started: () => true } });
    const later = { ...pod(), status: unready };
    const same = status(later, observed([ran('app')]), {
      probes: { ready: () => false, started: () => true },
      now: now + 5000,
    });
    expect(same).toEqual(unready);
    const ready = status(later, observed([ran('app')]), { now: now + 5000 });
    expect(ready.conditions?.find((c) => c.type === 'Ready')).toEqual({
      type: 'Ready',
      status: 'True',
      observedGeneration: 1,
      lastTransitionTime: '2026-01-01T00:10:05Z',
    });
  });
});

test('a pod on the host’s network has the node’s address', () => {
  const seen = observed([ran('app')], [sandbox({ hostNetwork: true, ip: undefined })]);
  expect(status(pod({ hostNetwork: true }), seen).podIP).toBe('10.88.0.1');
});
