/**
 * Encodes the few headers that we answer with. Nothing is remembered by the client's table and nothing is compressed, so
 * the same headers are the same bytes on every connection, and can be encoded once for all.
 *
 *     [[':status', '200'], ['grpc-status', '0']]   ->   88   00 0b "grpc-status" 01 "0"
 *
 * Upstream: RFC 7541
 */
import { staticIndexOf } from './hpack-table.ts';

/** Status 200 is the one that is written often; it has an index. */
const status200 = 0x88;

/**
 * What the first header block of a connection begins with: our encoder's table has size 0. So a change of
 * SETTINGS_HEADER_TABLE_SIZE never concerns us.
 */
export const noTable = Buffer.of(0x20);

/** Names in lower case. Values in latin1. */
export function encodeHeaders(fields: readonly (readonly [name: string, value: string])[]): Buffer {
  const parts = fields.map(([name, value]) => {
    if (name === ':status' && value === '200') return Buffer.of(status200);
    const index = staticIndexOf(name);
    const encodedName = index > 0 ? encodeInteger(index, 4) : Buffer.concat([Buffer.of(0), encodeString(name)]);
    return Buffer.concat([encodedName, encodeString(value)]);
  });
  return Buffer.concat(parts);
}

function encodeString(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([encodeInteger(bytes.length, 7), bytes]);
}

function encodeInteger(value: number, prefixBits: number): Buffer {
  const mask = (1 << prefixBits) - 1;
  if (value < mask) return Buffer.of(value);
  const bytes = [mask];
  let rest = value - mask;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}
