/**
 * AES in Galois/Counter mode: the nonce, the sealed value, the tag. A value is bound to its key. Nonces are random, so a key must
 * not seal more than some 2^32 values; Kubernetes' documentation asks for a new one after 200,000 writes.
 *
 * Upstream: apiserver/pkg/storage/value/encrypt/aes/aes.go NewGCMTransformer
 */
import { type CipherGCMTypes, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Cipher } from './cipher.ts';

const nonceBytes = 12;
const tagBytes = 16;

/** `secret` has 16, 24 or 32 bytes. */
export function aesGcm(secret: Buffer): Cipher {
  const name = `aes-${secret.length * 8}-gcm` as CipherGCMTypes;
  return {
    seal(plain, key) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(name, secret, nonce).setAAD(Buffer.from(key));
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, key) {
      if (sealed.length < nonceBytes + tagBytes) throw new Error('the stored data was shorter than the required size');
      const decipher = createDecipheriv(name, secret, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes });
      decipher.setAAD(Buffer.from(key)).setAuthTag(sealed.subarray(-tagBytes));
      try {
        return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()]);
      } catch {
        throw new Error('cipher: message authentication failed');
      }
    },
  };
}
