import { describe, expect, test } from 'vitest';
import { parseH2load } from './h2load.ts';

const report = (counts: string): string => `
finished in 1.20s, 29069.00 req/s, 1.84MB/s
requests: 29069 total, 29069 started, 29069 done, ${counts}
status codes: 29069 2xx, 0 3xx, 0 4xx, 0 5xx
`;

describe('what h2load reports', () => {
  test('its rate', () => {
    expect(parseH2load(report('29069 succeeded, 0 failed, 0 errored, 0 timeout'))).toBe(29069);
  });

  test('a rate with failures is none', () => {
    expect(() => parseH2load(report('29000 succeeded, 69 failed, 0 errored, 0 timeout'))).toThrow('69 failed');
    expect(() => parseH2load('could not connect')).toThrow('h2load failed');
  });
});
