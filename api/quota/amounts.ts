/**
 * Arithmetic on what is used and what may be: quantities by the name of a resource.
 * Upstream: apiserver/pkg/quota/v1/resources.go
 */
import type { ResourceQuantities } from '../pod-resources.ts';
import { addQuantities, compareQuantities, formatQuantity, type Quantity } from '../quantity.ts';

/** A number of things. */
export const countOf = (n: number): Quantity => ({ nano: BigInt(n) * 1_000_000_000n, format: 'DecimalSI' });

/** The sum of both. */
export function plus(a: ResourceQuantities, b: ResourceQuantities): ResourceQuantities {
  const sum = { ...a };
  for (const [name, quantity] of Object.entries(b)) sum[name] = addQuantities(sum[name], quantity);
  return sum;
}

/** What `a` has more than `b`; nothing where that is less. */
export const surplus = (a: ResourceQuantities, b: ResourceQuantities): ResourceQuantities =>
  Object.fromEntries(
    Object.entries(a)
      .map(([name, { nano, format }]) => [name, { nano: nano - (b[name]?.nano ?? 0n), format }] as const)
      .filter(([, { nano }]) => nano > 0n),
  );

/** Only the named ones. */
export const only = (list: ResourceQuantities, names: readonly string[]): ResourceQuantities =>
  Object.fromEntries(Object.entries(list).filter(([name]) => names.includes(name)));

/** The names of which there is more than may be. */
export const exceeding = (used: ResourceQuantities, hard: ResourceQuantities): string[] =>
  Object.keys(used).filter((name) => hard[name] !== undefined && compareQuantities(used[name], hard[name]) > 0);

/** As a status has them. */
export const textsOf = (list: ResourceQuantities): Record<string, string> =>
  Object.fromEntries(Object.entries(list).map(([name, quantity]) => [name, formatQuantity(quantity)]));

/** `pods=2,requests.cpu=100m` */
export const shown = (list: ResourceQuantities): string =>
  Object.keys(list)
    .sort()
    .map((name) => `${name}=${formatQuantity(list[name]!)}`)
    .join(',');
