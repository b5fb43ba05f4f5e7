/**
 * Whether JSON is answered for people to read: when they ask for it, or use a program that shows answers as they are.
 *
 * Upstream: apiserver/pkg/endpoints/handlers/negotiation/negotiate.go isPrettyPrint
 */
import type { IncomingMessage } from 'node:http';

const trueTexts = ['1', 't', 'T', 'true', 'TRUE', 'True'];

/** For any request, even one that could not be read further. */
export function wantsPretty({ url = '', headers }: IncomingMessage): boolean {
  if (url.includes('pretty')) {
    const asked = new URLSearchParams(url.slice(url.indexOf('?') + 1)).get('pretty');
    if (asked) return trueTexts.includes(asked);
  }
  const agent = headers['user-agent'] ?? '';
  return agent.startsWith('curl') || agent.startsWith('Wget') || agent.startsWith('Mozilla/5.0');
}
