import { describe, expect, test } from 'vitest';
import { summarizePod } from './pod-status-text.ts';
import type { ContainerState, ContainerStatus, Pod, PodStatus } from './types.ts';

const now = Date.parse('2024-01-01T01:00:00Z');
const container = (name: string, state: ContainerState, more: Partial<ContainerStatus> = {}): ContainerStatus => ({
  name,
  state,
  ready: false,
  restartCount: 0,
  image: 'i',
  imageID: '',
  ...more,
});
const running: ContainerState = { running: { startedAt: '2024-01-01T00:00:00Z' } };
const waiting = (reason: string): ContainerState => ({ waiting: { reason } });
const ended = (exitCode: number, reason?: string, signal?: number): ContainerState => ({
  terminated: { exitCode, reason, signal },
});
const isReady = [{ type: 'Ready', status: 'True' }];

interface PodParts {
  names?: string[];
  inits?: { name: string; restartPolicy?: string }[];
  status?: PodStatus;
  deleted?: boolean;
}

const pod = ({ names = ['a'], inits = [], status = {}, deleted = false }: PodParts): Pod => ({
  metadata: { name: 'p', ...(deleted && { deletionTimestamp: '2024-01-01T00:59:00Z' }) },
  spec: { containers: names.map((name) => ({ name })), initContainers: inits },
  status: { phase: 'Running', ...status },
});

describe('what get pods says', () => {
  test.each<[status: string, ready: string, restarts: string, parts: PodParts]>([
    ['Pending', '0/1', '0', { status: { phase: 'Pending' } }],
    [
      'ContainerCreating',
      '0/1',
      '0',
      { status: { phase: 'Pending', containerStatuses: [container('a', waiting('ContainerCreating'))] } },
    ],
    [
      'ImagePullBackOff',
      '0/1',
      '0',
      { status: { phase: 'Pending', containerStatuses: [container('a', waiting('ImagePullBackOff'))] } },
    ],
    [
      'Running',
      '1/1',
      '0',
      { status: { conditions: isReady, containerStatuses: [container('a', running, { ready: true })] } },
    ],
    [
      'CrashLoopBackOff',
      '0/1',
      '3 (5m ago)',
      {
        status: {
          containerStatuses: [
            container('a', waiting('CrashLoopBackOff'), {
              restartCount: 3,
              lastState: { terminated: { exitCode: 1, finishedAt: '2024-01-01T00:55:00Z' } },
            }),
          ],
        },
      },
    ],
    [
      'Completed',
      '0/1',
      '0',
      { status: { phase: 'Succeeded', containerStatuses: [container('a', ended(0, 'Completed'))] } },
    ],
    ['Error', '0/1', '0', { status: { phase: 'Failed', containerStatuses: [container('a', ended(1, 'Error'))] } }],
    ['ExitCode:3', '0/1', '0', { status: { phase: 'Failed', containerStatuses: [container('a', ended(3))] } }],
    [
      'Signal:9',
      '0/1',
      '0',
      { status: { phase: 'Failed', containerStatuses: [container('a', ended(137, undefined, 9))] } },
    ],
    ['Evicted', '0/1', '0', { status: { phase: 'Failed', reason: 'Evicted' } }],
    [
      'Running',
      '1/2',
      '0',
      {
        names: ['a', 'b'],
        status: {
          conditions: isReady,
          containerStatuses: [container('a', ended(0, 'Completed')), container('b', running, { ready: true })],
        },
      },
    ],
    [
      'NotReady',
      '1/2',
      '0',
      {
        names: ['a', 'b'],
        status: {
          containerStatuses: [container('a', ended(0, 'Completed')), container('b', running, { ready: true })],
        },
      },
    ],
    [
      'Terminating',
      '1/1',
      '0',
      { deleted: true, status: { containerStatuses: [container('a', running, { ready: true })] } },
    ],
    [
      'Completed',
      '0/1',
      '0',
      { deleted: true, status: { phase: 'Succeeded', containerStatuses: [container('a', ended(0, 'Completed'))] } },
    ],
    ['Unknown', '0/1', '0', { deleted: true, status: { reason: 'NodeLost' } }],
    [
      'SchedulingGated',
      '0/1',
      '0',
      {
        status: {
          phase: 'Pending',
          conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
        },
      },
    ],
    [
      'Init:0/2',
      '0/1',
      '0',
      {
        inits: [{ name: 'i' }, { name: 'j' }],
        status: { phase: 'Pending', initContainerStatuses: [container('i', running)] },
      },
    ],
    [
      'Init:1/2',
      '0/1',
      '0',
      {
        inits: [{ name: 'i' }, { name: 'j' }],
        status: {
          phase: 'Pending',
          initContainerStatuses: [container('i', ended(0)), container('j', waiting('PodInitializing'))],
        },
      },
    ],
    [
      'Init:Error',
      '0/1',
      '0',
      {
        inits: [{ name: 'i' }],
        status: { phase: 'Pending', initContainerStatuses: [container('i', ended(1, 'Error'))] },
      },
    ],
    [
      'Init:CrashLoopBackOff',
      '0/1',
      '2',
      {
        inits: [{ name: 'i' }],
        status: {
          phase: 'Pending',
          initContainerStatuses: [container('i', waiting('CrashLoopBackOff'), { restartCount: 2 })],
        },
      },
    ],
    [
      'Running',
      '2/2',
      '0',
      {
        inits: [{ name: 's', restartPolicy: 'Always' }],
        status: {
          conditions: isReady,
          initContainerStatuses: [container('s', running, { started: true, ready: true })],
          containerStatuses: [container('a', running, { ready: true })],
        },
      },
    ],
  ])('%s %s %s', (status, ready, restarts, parts) => {
    expect(summarizePod(pod(parts), now)).toEqual({ status, ready, restarts });
  });
});
