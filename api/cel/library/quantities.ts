/** `quantity`, and comparing and adding them. Upstream: apiserver/pkg/cel/library/quantity.go */
import { addQuantities, compareQuantities, parseQuantity, type Quantity } from '../../quantity.ts';
import { spend } from '../budget.ts';
import type { Environment } from '../engine.ts';

const giga = 1_000_000_000n;

class CelQuantity {
  readonly quantity: Quantity;

  constructor(quantity: Quantity) {
    this.quantity = quantity;
  }

  get isInteger(): boolean {
    return this.quantity.nano % giga === 0n;
  }
}

function parse(text: string): CelQuantity {
  // Digits are many steps each where there are many of them.
  spend(text.length);
  return new CelQuantity(parseQuantity(text));
}

function canParse(text: string): boolean {
  spend(text.length);
  try {
    return parseQuantity(text) !== undefined;
  } catch {
    return false;
  }
}

const compare = (a: CelQuantity, b: CelQuantity): number => compareQuantities(a.quantity, b.quantity);

const whole = (number: bigint): CelQuantity => new CelQuantity({ nano: number * giga, format: 'DecimalSI' });

function add(a: CelQuantity, b: CelQuantity, sign: 1n | -1n): CelQuantity {
  const { nano, format } = b.quantity;
  return new CelQuantity(addQuantities(a.quantity, { nano: sign * nano, format }));
}

function asInteger(one: CelQuantity): bigint {
  if (!one.isInteger) throw new Error('cannot convert value to integer');
  return one.quantity.nano / giga;
}

/** Registers the type and the functions. */
export function registerQuantities(environment: Environment): void {
  const type = 'kubernetes.Quantity';
  environment
    .registerType(type, CelQuantity)
    .registerFunction(`quantity(string): ${type}`, parse)
    .registerFunction('isQuantity(string): bool', canParse)
    .registerFunction(`${type}.isInteger(): bool`, (one: CelQuantity) => one.isInteger)
    .registerFunction(`${type}.asInteger(): int`, asInteger)
    .registerFunction(`${type}.asApproximateFloat(): double`, (one: CelQuantity) => Number(one.quantity.nano) / 1e9)
    .registerFunction(`${type}.sign(): int`, (one: CelQuantity) => BigInt(compare(one, whole(0n))))
    .registerFunction(`${type}.compareTo(${type}): int`, (a: CelQuantity, b: CelQuantity) => BigInt(compare(a, b)))
    .registerFunction(`${type}.isLessThan(${type}): bool`, (a: CelQuantity, b: CelQuantity) => compare(a, b) < 0)
    .registerFunction(`${type}.isGreaterThan(${type}): bool`, (a: CelQuantity, b: CelQuantity) => compare(a, b) > 0)
    .registerFunction(`${type}.add(${type}): ${type}`, (a: CelQuantity, b: CelQuantity) => add(a, b, 1n))
    .registerFunction(`${type}.add(int): ${type}`, (a: CelQuantity, b: bigint) => add(a, whole(b), 1n))
    .registerFunction(`${type}.sub(${type}): ${type}`, (a: CelQuantity, b: CelQuantity) => add(a, b, -1n))
    .registerFunction(`${type}.sub(int): ${type}`, (a: CelQuantity, b: bigint) => add(a, whole(b), -1n))
    .registerOperator(`${type} == ${type}`, (a: CelQuantity, b: CelQuantity) => compare(a, b) === 0);
}
