/** Values that no field expects: of every type, of strange sizes, and such as have broken parsers before. */
import type { Random } from '../random.ts';
import { once, oneOf } from './choose.ts';

const texts: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ufeff',
  '\ud800',
  '🦄',
  'e\u0301',
  '\u202e',
  'A'.repeat(300),
  'a'.repeat(70_000),
  '__proto__',
  'constructor',
  'toString',
  '../../etc/passwd',
  '-',
  '.',
  '..',
  '*',
  'UPPER',
  'a/b',
  'a%2fb',
  '{{.}}',
  '0x10',
  '1e999',
  '-1',
  '99999999999999999999',
  'true',
  'null',
  '10Gi',
  '-5m',
  '1.5.5',
  '2024-13-45T99:99:99Z',
  '300.300.300.300',
  '::ffff:1.2.3.4/129',
  '(a+)+$',
  '[',
  '\\',
  "'; drop",
];

const numbers: readonly number[] = [0, -0, -1, 1, 1.5, 65_536, 2 ** 31, 2 ** 53, -(2 ** 63), 1e308, -1e-308];

export const junkText = (random: Random): string => oneOf(random, texts);

/** Anything that JSON has. */
export function junk(random: Random, depth = 0): unknown {
  switch (random(depth > 2 ? 5 : 9)) {
    case 0:
      return null;
    case 1:
      return once(random, 2);
    case 2:
      return oneOf(random, numbers);
    case 3:
    case 4:
      return junkText(random);
    case 5:
      return [];
    case 6:
      return {};
    case 7:
      return Array.from({ length: random(4) }, () => junk(random, depth + 1));
    default:
      return once(random, 20) ? nested(200) : { [junkText(random)]: junk(random, depth + 1) };
  }
}

/** `[[[...]]]` or, every other level, an object. */
function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = i % 2 ? [value] : { a: value };
  return value;
}

type Container = Record<string, unknown> | unknown[];

/** Every place in a value, as the container and the key in it. */
function places(value: unknown, found: { container: Container; key: string | number }[] = []): typeof found {
  if (typeof value !== 'object' || value === null) return found;
  const container = value as Container;
  for (const key of Object.keys(container)) {
    found.push({ container, key: Array.isArray(container) ? Number(key) : key });
    places((container as Record<string, unknown>)[key], found);
  }
  return found;
}

/** Changes a few places of the value, in place: replaced, removed, renamed, repeated or swapped with another. */
export function mutate(random: Random, value: unknown): void {
  for (let i = 0; i <= random(3); i++) {
    const all = places(value);
    if (all.length === 0) return;
    const { container, key } = oneOf(random, all);
    const at = container as Record<string | number, unknown>;
    switch (random(6)) {
      case 0:
        delete at[key];
        break;
      case 1:
        if (Array.isArray(container)) container.push(structuredClone(container[0]));
        else at[junkText(random)] = at[key];
        break;
      case 2: {
        const other = oneOf(random, all);
        at[key] = structuredClone((other.container as Record<string | number, unknown>)[other.key]);
        break;
      }
      case 3:
        at[key] = [at[key]];
        break;
      default:
        at[key] = junk(random);
    }
  }
}

/** The text with a few bytes wrong: cut off, turned, doubled, or with something put in. */
export function corrupt(random: Random, text: string): Buffer {
  const bytes = Buffer.from(text);
  switch (random(6)) {
    case 0:
      return bytes.subarray(0, random(bytes.length + 1));
    case 1:
      for (let i = 0; i <= random(3); i++) if (bytes.length > 0) bytes[random(bytes.length)] = random(256);
      return bytes;
    case 2:
      return Buffer.concat([bytes, bytes]);
    case 3: {
      const at = random(bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(junkText(random)), bytes.subarray(at)]);
    }
    case 4:
      return Buffer.from(text, 'utf16le');
    default: {
      // A key twice: at the first place where an object begins.
      return Buffer.from(text.replace('{', '{"metadata":{"name":"twice"},"kind":1,'));
    }
  }
}
