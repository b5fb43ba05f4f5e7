/**
 * The library that parses, checks and evaluates CEL. Loaded when the first expression is compiled: most servers see none, and
 * rules are compiled where nothing may wait, so it is a synchronous `require`.
 */
import { createRequire } from 'node:module';
import type * as Cel from '@marcbachmann/cel-js';

export type { ASTNode, Environment, Optional } from '@marcbachmann/cel-js';

let loaded: typeof Cel | undefined;

/** The library. */
export function engine(): typeof Cel {
  loaded ??= createRequire(import.meta.url)('@marcbachmann/cel-js') as typeof Cel;
  return loaded;
}
