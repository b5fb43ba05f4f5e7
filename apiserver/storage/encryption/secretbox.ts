/**
 * XSalsa20 with Poly1305, as NaCl has it: the nonce, the tag, the sealed value. It does not bind a value to its key.
 *
 * Upstream: apiserver/pkg/storage/value/encrypt/secretbox/secretbox.go
 */
import { randomBytes } from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import type { Cipher } from './cipher.ts';

const nonceBytes = 24;
const tagBytes = 16;

/** `secret` has 32 bytes. */
export function secretbox(secret: Buffer): Cipher {
  return {
    seal(plain) {
      const nonce = randomBytes(nonceBytes);
      return Buffer.concat([nonce, xsalsa20poly1305(secret, nonce).encrypt(plain)]);
    },
    open(sealed) {
      if (sealed.length < nonceBytes + tagBytes) throw new Error('the stored data was shorter than the required size');
      const nonce = sealed.subarray(0, nonceBytes);
      try {
        return Buffer.from(xsalsa20poly1305(secret, nonce).decrypt(sealed.subarray(nonceBytes)));
      } catch {
        throw new Error('secretbox failed to decrypt');
      }
    },
  };
}
