/** Names that nobody chose. Upstream: apiserver/pkg/storage/names */
import { randomInt } from 'node:crypto';

/** No vowels, so no words. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** `web-` -> `web-x7k2p` */
export function generateName(prefix: string): string {
  let name = prefix.slice(0, 58);
  for (let i = 0; i < 5; i++) name += alphabet[randomInt(alphabet.length)];
  return name;
}
