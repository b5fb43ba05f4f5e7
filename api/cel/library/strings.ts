/** String functions that CEL's strings extension has and the engine has not. Upstream: cel-go/ext/strings.go version 2 */
import { spend } from '../budget.ts';
import type { Environment } from '../engine.ts';
import { formatString } from './format-string.ts';

/** Registers the functions. */
export function registerStrings(environment: Environment): void {
  environment
    .registerFunction('string.charAt(int): string', charAt)
    .registerFunction('string.replace(string, string): string', (text: string, old: string, by: string) =>
      replaceSome(text, old, by, -1n),
    )
    .registerFunction('string.replace(string, string, int): string', replaceSome)
    .registerFunction('string.format(list<dyn>): string', formatString)
    .registerType('StringsNamespace', StringsNamespace)
    .registerConstant('strings', 'StringsNamespace', new StringsNamespace())
    .registerFunction('StringsNamespace.quote(string): string', (_: unknown, text: string) => quote(text));
}

class StringsNamespace {}

function charAt(text: string, index: bigint): string {
  let left = index;
  if (left >= 0n) for (const character of text) if (left-- === 0n) return character;
  if (left === 0n) return '';
  throw new Error(`index out of range: ${index}`);
}

function replaceSome(text: string, old: string, by: string, limit: bigint): string {
  let left = limit < 0n ? Number.POSITIVE_INFINITY : Number(limit);
  // The result may be far longer than the text, so it is paid for before it is made.
  const most = Math.min(left, text.length / Math.max(old.length, 1) + 1);
  spend((most * by.length) / 10);
  return text.replaceAll(old, (found) => (left-- > 0 ? by : found));
}

const escapes: Record<string, string> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
};

const quote = (text: string): string => `"${[...text].map((character) => escapes[character] ?? character).join('')}"`;
