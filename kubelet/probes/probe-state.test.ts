import { describe, expect, test } from 'vitest';
import { afterResult, initialProbeState, isPassed, type ProbeType } from './probe-state.ts';

/** The verdicts after each result, `+` for success and `-` for failure. */
const verdicts = (
  type: ProbeType,
  results: string,
  probe: { failureThreshold?: number; successThreshold?: number },
): string => {
  let state = initialProbeState;
  return [...results]
    .map((result) => {
      state = afterResult(state, result === '+', probe);
      return isPassed(state, type) ? '+' : '-';
    })
    .join('');
};

describe('a probe', () => {
  test.each<[ProbeType, string, { failureThreshold?: number; successThreshold?: number }, string]>([
    ['readiness', '-+---+', {}, '-+++-+'],
    ['readiness', '++-+++', { failureThreshold: 1, successThreshold: 2 }, '-+--++'],
    ['liveness', '--+---', {}, '+++++-'],
    ['startup', '---+', { failureThreshold: 30 }, '---+'],
  ])('of %s with results %s and %j goes %s', (type, results, probe, expected) => {
    expect(verdicts(type, results, probe)).toBe(expected);
  });
});
