import { describe, expect, test } from 'vitest';
import type { PodStatus } from '../../api/types.ts';
import { mergeStatus, reportable } from './pod-status-writer.ts';

describe('reportable', () => {
  const failed: PodStatus = { phase: 'Failed', reason: 'DeadlineExceeded', message: 'too long', hostIP: '1.2.3.4' };
  const cases: [string, PodStatus | undefined, PodStatus, boolean, PodStatus][] = [
    ['an end while some of it runs', { phase: 'Running' }, failed, false, { phase: 'Running', hostIP: '1.2.3.4' }],
    ['an end once all has stopped', { phase: 'Running' }, failed, true, failed],
    ['an end told already', { phase: 'Failed' }, failed, false, failed],
    ['no end', { phase: 'Pending' }, { phase: 'Running' }, false, { phase: 'Running' }],
  ];
  test.each(cases)('%s', (_, stored, own, finished, expected) => {
    expect(mergeStatus(stored, reportable(stored, own, finished))).toEqual({ ...expected, conditions: [] });
  });
});
