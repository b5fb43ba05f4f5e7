import { describe, expect, test } from 'vitest';
import { parseDuration, parseFlags } from './flags.ts';

describe('durations', () => {
  test.each([
    ['0', 0],
    ['10s', 10_000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['250ms', 250],
  ])('%s', (text, ms) => expect(parseDuration(text)).toBe(ms));
  test.each(['', '10', 's', '1d', '-1s', '1s '])('%j is refused', (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );
});

describe('flags', () => {
  const table = {
    kubeconfig: { type: 'string', help: 'file' },
    'secure-port': { type: 'int', default: '10259', help: 'port' },
    'leader-elect': { type: 'bool', default: 'true', help: 'elect' },
    'etcd-servers': { type: 'list', default: '', help: 'servers' },
    'lease-duration': { type: 'duration', default: '15s', help: 'duration' },
  } as const;
  const parse = (...argv: string[]) => parseFlags('test', 'A test.', table, argv);

  test('defaults are parsed like given values, and absent ones are undefined', () => {
    expect(parse()).toMatchObject({
      kubeconfig: undefined,
      'secure-port': 10259,
      'leader-elect': true,
      'etcd-servers': [],
      'lease-duration': 15_000,
      v: 0,
    });
  });

  test('values as Kubernetes takes them', () => {
    expect(parse('--secure-port=0', '--leader-elect=false', '--etcd-servers', 'a,b', '-v', '4')).toMatchObject({
      'secure-port': 0,
      'leader-elect': false,
      'etcd-servers': ['a', 'b'],
      v: 4,
    });
    expect(parse('--leader-elect')['leader-elect']).toBe(true);
  });
});
