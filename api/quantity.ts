/**
 * Quantities: `100m` CPUs, `1.5Gi` of memory. Exact arithmetic in billionths (Kubernetes' smallest unit), and the one
 * canonical text of each value, so that equal quantities written alike compare equal.
 *
 * Upstream: apimachinery/pkg/api/resource/quantity.go, suffix.go
 */

type Format = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

export interface Quantity {
  /** The value in billionths, rounded away from zero. */
  readonly nano: bigint;
  /** Which family of suffixes it was written with, and prints with. */
  readonly format: Format;
}

const GIGA = 1_000_000_000n;
/** Kubernetes caps what does not fit into an int64. */
const MAX_NANO = (2n ** 63n - 1n) * GIGA;

const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

const formatWrong = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** The same few texts are read again and again: in every pod, by validation, defaults, quota and scheduling. */
const known = new Map<string | number, Quantity>();
const maxKnown = 1000;
const maxKnownLength = 20;

/** Reads `250m`, `1e3`, `0.5Gi`, or a JSON number. Throws an Error with Kubernetes' text for anything else. */
export function parseQuantity(text: string | number): Quantity {
  let quantity = known.get(text);
  if (!quantity) {
    quantity = parse(text);
    if (known.size < maxKnown && String(text).length <= maxKnownLength) known.set(text, quantity);
  }
  return quantity;
}

function parse(text: string | number): Quantity {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?([a-zA-Z]*[-+]?\d*)$/.exec(String(text));
  if (!match || (!match[2] && !match[3])) throw new Error(formatWrong);
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  const { numerator, decimalExponent, format } = parseSuffix(suffix);
  // digits * 10^-fraction.length * numerator * 10^decimalExponent, in billionths
  const exponent = 9 - fraction.length + decimalExponent;
  const digits = BigInt(whole + fraction) * numerator;
  const magnitude =
    exponent >= 0 ? digits * 10n ** BigInt(Math.min(exponent, 60)) : divideUp(digits, 10n ** BigInt(-exponent));
  const capped = magnitude > MAX_NANO ? MAX_NANO : magnitude;
  return { nano: sign === '-' ? -capped : capped, format };
}

function parseSuffix(suffix: string): { numerator: bigint; decimalExponent: number; format: Format } {
  const binary = suffix === '' ? -1 : binarySuffixes.indexOf(suffix);
  if (binary > 0) return { numerator: 1024n ** BigInt(binary), decimalExponent: 0, format: 'BinarySI' };
  const decimal = decimalSuffixes.indexOf(suffix);
  if (decimal >= 0) return { numerator: 1n, decimalExponent: (decimal - 3) * 3, format: 'DecimalSI' };
  const exponent = /^[eE]([-+]?\d+)$/.exec(suffix);
  if (exponent) return { numerator: 1n, decimalExponent: Number(exponent[1]), format: 'DecimalExponent' };
  if (!/^[eEinumkKMGTP]*[-+]?\d*$/.test(suffix)) throw new Error(formatWrong);
  throw new Error("unable to parse quantity's suffix");
}

const divideUp = (a: bigint, b: bigint): bigint => (a >= 0n ? (a + b - 1n) / b : -((-a + b - 1n) / b));

/** The canonical text: no fraction, the largest suffix that loses nothing. `0.5` is `500m`, `1024Mi` is `1Gi`. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return '0';
  const magnitude = nano < 0n ? -nano : nano;
  const sign = nano < 0n ? '-' : '';
  if (format === 'BinarySI' && magnitude >= 1024n * GIGA && magnitude % GIGA === 0n) {
    const [number, exponent] = removeFactors(magnitude / GIGA, 1024n, 6);
    return `${sign}${number}${binarySuffixes[exponent]}`;
  }
  const [number, thousands] = removeFactors(magnitude, 1000n, 9);
  if (format !== 'DecimalExponent') return `${sign}${number}${decimalSuffixes[thousands]}`;
  return thousands === 3 ? `${sign}${number}` : `${sign}${number}e${(thousands - 3) * 3}`;
}

function removeFactors(number: bigint, factor: bigint, most: number): [bigint, number] {
  let count = 0;
  let rest = number;
  while (count < most && rest % factor === 0n) {
    rest /= factor;
    count += 1;
  }
  return [rest, count];
}

/** A quantity, or the text of one, as the functions below take it. Absent counts as zero. */
export type QuantityLike = Quantity | string | number | undefined;

const read = (q: QuantityLike): Quantity =>
  q === undefined ? { nano: 0n, format: 'DecimalSI' } : typeof q === 'object' ? q : parseQuantity(q);

/** The canonical text of a quantity's text. */
export const canonicalQuantity = (text: string | number): string => formatQuantity(parseQuantity(text));

/** Negative, zero or positive, as `a` is less than, equal to or more than `b`. */
export function compareQuantities(a: QuantityLike, b: QuantityLike): number {
  const difference = read(a).nano - read(b).nano;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The sum; it prints like `a`, unless that is zero. */
export function addQuantities(a: QuantityLike, b: QuantityLike): Quantity {
  const [left, right] = [read(a), read(b)];
  return { nano: left.nano + right.nano, format: left.nano === 0n ? right.format : left.format };
}

/** The value in whole units, rounded up: bytes of memory, number of pods. */
export const value = (q: QuantityLike): number => Number(divideUp(read(q).nano, GIGA));

/** The value in thousandths, rounded up: milli-CPUs. */
export const milliValue = (q: QuantityLike): number => Number(divideUp(read(q).nano, 1_000_000n));

/** A number of thousandths as a quantity: `fromMilli(1500)` is `1500m`. */
export const fromMilli = (milli: number): Quantity => ({
  nano: BigInt(Math.round(milli)) * 1_000_000n,
  format: 'DecimalSI',
});

/** A number of bytes as a quantity that prints with binary suffixes: `fromBytes(2 ** 30)` is `1Gi`. */
export const fromBytes = (bytes: number): Quantity => ({ nano: BigInt(Math.round(bytes)) * GIGA, format: 'BinarySI' });
