/** `matches`, `find` and `findAll` with RE2. Upstream: apiserver/pkg/cel/library/regex.go */
import { compilePattern } from '../../structural/pattern.ts';
import type { Environment } from '../engine.ts';

/** Registers the functions. The method `matches` is called by another name, see `compile.ts`. */
export function registerRegex(environment: Environment): void {
  const matches = (text: string, pattern: string): boolean => compilePattern(pattern).matcher(text).find();
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
  const matcher = compilePattern(pattern).matcher(text);
  const found: string[] = [];
  while (found.length !== limit && matcher.find()) found.push(matcher.group() ?? '');
  return found;
}
