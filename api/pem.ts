/** PEM: DER bytes between a line that begins them and one that ends them. Upstream: Go's encoding/pem, RFC 7468 */

export interface PemBlock {
  /** `CERTIFICATE` */
  type: string;
  /** Whether lines of `Name: value` stand before the bytes. */
  headers: boolean;
  bytes: Buffer;
}

const block = /-----BEGIN ([^\n-]+)-----\r?\n((?:[^\n:]+:[^\n]*\n)+\r?\n)?([A-Za-z0-9+/=\s]*)-----END \1-----/g;

/** The blocks of a text. What is between and around them does not matter. */
export const pemBlocks = (text: string): PemBlock[] =>
  [...text.matchAll(block)].map(([, type = '', headers, base64 = '']) => ({
    type,
    headers: headers !== undefined,
    bytes: Buffer.from(base64, 'base64'),
  }));
