/** `semver` and comparing versions. Upstream: apiserver/pkg/cel/library/semverlib.go, github.com/blang/semver */
import type { Environment } from '../engine.ts';

const number = '(0|[1-9]\\d*)';
const pattern = new RegExp(
  `^${number}\\.${number}\\.${number}(?:-((?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\\.(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\\+[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?$`,
);

class CelSemver {
  readonly numbers: bigint[];
  readonly prerelease: string[];

  constructor(text: string) {
    const match = pattern.exec(text);
    if (!match)
      throw new Error(`Semver parse error during conversion from string: ${JSON.stringify(text)} is no version`);
    this.numbers = match.slice(1, 4).map(BigInt);
    this.prerelease = match[4]?.split('.') ?? [];
  }
}

/** `v1.2` as `1.2.0`: without the prefix, with what is missing, and without leading zeros. */
function normalize(text: string): string {
  const [, core = '', rest = ''] = /^v?([0-9.]*)(.*)$/s.exec(text)!;
  const parts = core.split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  while (parts.length < 3 && rest === '') parts.push('0');
  return parts.join('.') + rest;
}

const parse = (text: string, lenient = false): CelSemver => new CelSemver(lenient ? normalize(text) : text);

const canParse = (text: string, lenient = false): boolean => pattern.test(lenient ? normalize(text) : text);

function compare(a: CelSemver, b: CelSemver): number {
  for (const [i, one] of a.numbers.entries()) if (one !== b.numbers[i]) return one < b.numbers[i]! ? -1 : 1;
  if (a.prerelease.length === 0 || b.prerelease.length === 0)
    return Math.sign(b.prerelease.length - a.prerelease.length);
  for (const [i, one] of a.prerelease.entries()) {
    const other = b.prerelease[i];
    if (other === undefined) return 1;
    const order = comparePart(one, other);
    if (order !== 0) return order;
  }
  return a.prerelease.length < b.prerelease.length ? -1 : 0;
}

/** Numbers come before words, and are compared as numbers. */
function comparePart(a: string, b: string): number {
  if (a === b) return 0;
  const [numberA, numberB] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (numberA !== numberB) return numberA ? -1 : 1;
  return (numberA ? BigInt(a) < BigInt(b) : a < b) ? -1 : 1;
}

/** Registers the type and the functions. */
export function registerSemver(environment: Environment): void {
  const type = 'kubernetes.Semver';
  environment
    .registerType(type, CelSemver)
    .registerFunction(`semver(string): ${type}`, (text: string) => parse(text))
    .registerFunction(`semver(string, bool): ${type}`, parse)
    .registerFunction('isSemver(string): bool', (text: string) => canParse(text))
    .registerFunction('isSemver(string, bool): bool', canParse)
    .registerFunction(`${type}.major(): int`, (one: CelSemver) => one.numbers[0])
    .registerFunction(`${type}.minor(): int`, (one: CelSemver) => one.numbers[1])
    .registerFunction(`${type}.patch(): int`, (one: CelSemver) => one.numbers[2])
    .registerFunction(`${type}.compareTo(${type}): int`, (a: CelSemver, b: CelSemver) => BigInt(compare(a, b)))
    .registerFunction(`${type}.isLessThan(${type}): bool`, (a: CelSemver, b: CelSemver) => compare(a, b) < 0)
    .registerFunction(`${type}.isGreaterThan(${type}): bool`, (a: CelSemver, b: CelSemver) => compare(a, b) > 0)
    .registerOperator(`${type} == ${type}`, (a: CelSemver, b: CelSemver) => compare(a, b) === 0);
}
