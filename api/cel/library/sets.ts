/** `sets.contains`, `sets.equivalent` and `sets.intersects`. Upstream: cel-go/ext/sets.go */
import { isDeepStrictEqual } from 'node:util';
import { spend } from '../budget.ts';
import type { Environment } from '../engine.ts';

class SetsNamespace {}

/** Registers the functions. */
export function registerSets(environment: Environment): void {
  const register = (name: string, test: (a: unknown[], b: unknown[]) => boolean): void => {
    environment.registerFunction(
      `SetsNamespace.${name}(list<V>, list<V>): bool`,
      (_: unknown, a: unknown[], b: unknown[]) => {
        // Each is compared with each.
        spend((a.length * b.length) / 10);
        return test(a, b);
      },
    );
  };
  environment
    .registerType('SetsNamespace', SetsNamespace)
    .registerConstant('sets', 'SetsNamespace', new SetsNamespace());
  register('contains', (all, some) => some.every((one) => has(all, one)));
  register('equivalent', (a, b) => a.every((one) => has(b, one)) && b.every((one) => has(a, one)));
  register('intersects', (a, b) => a.some((one) => has(b, one)));
}

const has = (list: unknown[], value: unknown): boolean =>
  typeof value === 'object' ? list.some((one) => isDeepStrictEqual(one, value)) : list.includes(value);
