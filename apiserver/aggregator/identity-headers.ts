/**
 * Who sends a request, for a server behind this one: in headers that count because they come over a connection with the certificate
 * of the front proxy. What a client has put into them itself is taken out.
 *
 * Upstream: client-go/transport/round_trippers.go SetAuthProxyHeaders
 */
import type { OutgoingHttpHeaders } from 'node:http';
import type { User } from '../authn/user.ts';

const extraPrefix = 'x-remote-extra-';
const own = new Set(['x-remote-user', 'x-remote-uid', 'x-remote-group']);

/** The headers with the identity of the user, and none of another. */
export function withIdentity(
  headers: OutgoingHttpHeaders,
  { name, uid, groups, extra = {} }: User,
): OutgoingHttpHeaders {
  const kept = Object.entries(headers).filter(([header]) => {
    const lower = header.toLowerCase();
    return !own.has(lower) && !lower.startsWith(extraPrefix);
  });
  return {
    ...Object.fromEntries(kept),
    'x-remote-user': encodeText(name),
    ...(uid && { 'x-remote-uid': encodeText(uid) }),
    ...(groups.length > 0 && { 'x-remote-group': groups.map(encodeText) }),
    ...Object.fromEntries(
      Object.entries(extra).map(([key, values]) => [extraPrefix + escapeKey(key), values.map(encodeText)]),
    ),
  };
}

/** A header is bytes, which Node takes as Latin-1. */
const encodeText = (text: string): string => Buffer.from(text.replace(/[\r\n\0]/g, ' ')).toString('latin1');

/** A key may be any text, a header's name may not: what it cannot have, and `%`, is escaped. */
const escapeKey = (key: string): string =>
  [...Buffer.from(key)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9!#$&'*+.^_`|~-]/.test(character)
        ? character
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
