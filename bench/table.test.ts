import { expect, test } from 'vitest';
import { below, comparisonRow, format } from './table.ts';

test('a table of figures', () => {
  const rows = [
    comparisonRow('256 B, 64 in flight', { ours: 24_000.4, peer: 12_000, ratio: 2 }, 0, 1.5),
    comparisonRow('256 B, 1 in flight', { ours: 900, peer: 1000, ratio: 0.9 }, 0, 1),
    { what: 'alone', ours: '417', aim: below(417, 400, 'MB') },
  ];
  expect(format({ title: 'Puts', note: 'a second', rows }, ['store', 'etcd'])).toBe(
    [
      'Puts',
      '  a second',
      '                        store    etcd  ratio  aim',
      '  256 B, 64 in flight  24,000  12,000   2.00  >= 1.5    met',
      '  256 B, 1 in flight      900   1,000   0.90  >= 1.0    MISSED',
      '  alone                   417                 < 400 MB  MISSED',
    ].join('\n'),
  );
});
