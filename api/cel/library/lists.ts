/** `isSorted`, `sum`, `min`, `max`, `indexOf` and `lastIndexOf` of lists. Upstream: apiserver/pkg/cel/library/lists.go */
import { isDeepStrictEqual } from 'node:util';
import type { Environment } from '../engine.ts';

/** What has an order. */
const ordered = [
  'int',
  'uint',
  'double',
  'bool',
  'string',
  'bytes',
  'google.protobuf.Timestamp',
  'google.protobuf.Duration',
];

/** Registers the functions. */
export function registerLists(environment: Environment): void {
  for (const type of ordered) {
    environment
      .registerFunction(`list<${type}>.isSorted(): bool`, isSorted)
      .registerFunction(`list<${type}>.min(): ${type}`, (list: unknown[]) =>
        extreme(list, 'min', (a, b) => lessThan(a, b)),
      )
      .registerFunction(`list<${type}>.max(): ${type}`, (list: unknown[]) =>
        extreme(list, 'max', (a, b) => lessThan(b, a)),
      );
  }
  environment
    .registerFunction('list<int>.sum(): int', (list: bigint[]) => list.reduce((sum, one) => sum + one, 0n))
    .registerFunction('list<double>.sum(): double', (list: number[]) => list.reduce((sum, one) => sum + one, 0))
    .registerFunction('list<V>.indexOf(V): int', (list: unknown[], value: unknown) =>
      BigInt(list.findIndex(equals(value))),
    )
    .registerFunction('list<V>.lastIndexOf(V): int', (list: unknown[], value: unknown) =>
      BigInt(list.findLastIndex(equals(value))),
    );
}

const equals =
  (value: unknown) =>
  (other: unknown): boolean =>
    isDeepStrictEqual(value, other);

const comparable = (value: unknown): string | number | bigint =>
  value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : (value as number);

const lessThan = (a: unknown, b: unknown): boolean => comparable(a) < comparable(b);

const isSorted = (list: unknown[]): boolean => list.every((one, i) => i === 0 || !lessThan(one, list[i - 1]));

function extreme(list: unknown[], name: string, better: (a: unknown, b: unknown) => boolean): unknown {
  if (list.length === 0) throw new Error(`${name} called on empty list`);
  return list.reduce((found, one) => (better(one, found) ? one : found));
}
