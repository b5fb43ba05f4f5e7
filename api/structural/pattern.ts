/**
 * Regular expressions of schemas and rules: RE2's syntax, its error texts, and its promise that matching takes time linear in
 * the text. JavaScript's own would let a pattern like `(a+)+$` stop the server.
 */
import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';

/** Loaded with the first pattern: the declarations of kinds lead here, and most who load those match nothing. */
const load = createRequire(import.meta.url);

const compiled = new Map<string, RE2JS>();
const maxCompiled = 1000;
/** Long patterns come from objects rather than from rules. */
const maxKeptLength = 1000;

/** The compiled expression. Throws with RE2's text: `error parsing regexp: missing closing ]: ...`. */
export function compilePattern(pattern: string): RE2JS {
  let expression = compiled.get(pattern);
  if (!expression) {
    expression = (load('re2js') as { RE2JS: typeof RE2JS }).RE2JS.compile(pattern);
    if (compiled.size >= maxCompiled) compiled.clear();
    if (pattern.length <= maxKeptLength) compiled.set(pattern, expression);
  }
  return expression;
}

/** What is wrong with a pattern, if anything. */
export function patternError(pattern: string): string | undefined {
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
