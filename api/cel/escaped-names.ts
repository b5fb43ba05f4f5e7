/**
 * Names of fields that no identifier of CEL can be: expressions write `__namespace__` for `namespace` and `a__dash__b` for `a-b`.
 * Types declare their fields under such names; objects of no known type have the plain ones, so expressions over these are rewritten.
 *
 * Upstream: apiserver/pkg/cel/escaping.go
 */
import type { Environment } from './engine.ts';

/** Words of CEL: a field of that name is `__word__`. */
const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

const escapes: Record<string, string> = { __: '__underscores__', '.': '__dot__', '-': '__dash__', '/': '__slash__' };
const parts = Object.fromEntries(Object.entries(escapes).map(([plain, escaped]) => [escaped, plain]));

/** The name under which an expression finds a field; undefined for a name that no identifier can stand for. */
export function escapeName(name: string): string | undefined {
  if (reserved.has(name)) return `__${name}__`;
  if (!/^[a-zA-Z_.\-/][a-zA-Z0-9_.\-/]*$/.test(name)) return undefined;
  return name.replace(/__|[.\-/]/g, (part) => escapes[part]!);
}

/** The name that an escaped one stands for. */
export function unescapeName(name: string): string {
  if (!name.includes('__')) return name;
  const replaced = name.replace(/__(?:underscores|dot|dash|slash)__/g, (part) => parts[part]!);
  return replaced === name ? name.replace(/^__([a-z]+)__$/, '$1') : replaced;
}

const plain = new WeakSet<Environment>();

/** The objects of the environment's variables have plain names. */
export function usePlainNames(environment: Environment): void {
  plain.add(environment);
}

/** Lets a node of an expression that selects a field do so by the plain name, where the environment has those. */
export function unescapeSelection(environment: Environment, { op, args }: { op: string; args: unknown }): void {
  if ((op !== '.' && op !== '.?') || !Array.isArray(args) || !plain.has(environment)) return;
  if (typeof args[1] === 'string') args[1] = unescapeName(args[1]);
}
