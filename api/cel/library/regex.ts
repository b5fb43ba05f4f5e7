/** `matches`, `find` and `findAll` with RE2. Upstream: apiserver/pkg/cel/library/regex.go */

import { compilePattern } from '../../structural/pattern.ts';
import { spend } from '../budget.ts';
import type { Environment } from '../engine.ts';

/** RE2 takes time for each character of the text and each state of the pattern, and much for compiling a long pattern. */
function matcherOf(text: string, pattern: string): ReturnType<ReturnType<typeof compilePattern>['matcher']> {
  spend((text.length / 5) * (1 + pattern.length / 4) + pattern.length * 4);
  return compilePattern(pattern).matcher(text);
}

/** Registers the functions. The method `matches` is called by another name, see `compile.ts`. */
export function registerRegex(environment: Environment): void {
  const matches = (text: string, pattern: string): boolean => matcherOf(text, pattern).find();
  environment
    .registerFunction('string.matchesRe2(string): bool', matches)
    .registerFunction('matches(string, string): bool', matches)
    .registerFunction(
      'string.find(string): string',
      (text: string, pattern: string) => findAll(text, pattern, 1)[0] ?? '',
    )
    .registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) =>
      findAll(text, pattern, -1),
    )
    .registerFunction('string.findAll(string, int): list<string>', (text: string, pattern: string, limit: bigint) =>
      findAll(text, pattern, Number(limit)),
    );
}

function findAll(text: string, pattern: string, limit: number): string[] {
  const matcher = matcherOf(text, pattern);
  const found: string[] = [];
  while (found.length !== limit && matcher.find()) {
    spend(5);
    found.push(matcher.group() ?? '');
  }
  return found;
}
