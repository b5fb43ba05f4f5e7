/**
 * Tokens that stand in a file of comma-separated values: token, user name, user uid, and optionally the groups, in quotes
 * where there are several. The file is read at the start.
 *
 *     31ada4fd,jane,u1,"developers,testers"
 *
 * Upstream: apiserver/pkg/authentication/token/tokenfile
 */
import type { User } from './user.ts';

/** Users by token. */
export type Tokens = ReadonlyMap<string, User>;

/** Reads the file's text. Throws with the line's number for a line that is not as it should be. */
export function parseTokens(text: string): Tokens {
  const tokens = new Map<string, User>();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const [token, name, uid, groups = ''] = columnsOf(line);
    if (!token || !name || uid === undefined) {
      throw new Error(`line ${i + 1}: expected token,user,uid and optionally "group,group"`);
    }
    const own = groups.split(',').filter((group) => group !== '');
    tokens.set(token, { name, ...(uid && { uid }), groups: [...own, 'system:authenticated'] });
  }
  return tokens;
}

/** `a,"b,c"` -> `a` and `b,c`; two quotes inside of quotes are one. */
const columnsOf = (line: string): string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain = '']) =>
    (quoted?.replaceAll('""', '"') ?? plain).trim(),
  );
