/**
 * AES in CBC mode with PKCS#7 padding: the initialization vector, then the blocks. It does not tell whether somebody has changed
 * the blocks, and does not bind a value to its key.
 *
 * Upstream: apiserver/pkg/storage/value/encrypt/aes/aes.go NewCBCTransformer
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Cipher } from './cipher.ts';

const blockBytes = 16;

/** `secret` has 16, 24 or 32 bytes. */
export function aesCbc(secret: Buffer): Cipher {
  const name = `aes-${secret.length * 8}-cbc`;
  return {
    seal(plain) {
      const vector = randomBytes(blockBytes);
      const cipher = createCipheriv(name, secret, vector);
      return Buffer.concat([vector, cipher.update(plain), cipher.final()]);
    },
    open(sealed) {
      if (sealed.length < blockBytes) throw new Error('the stored data was shorter than the required size');
      const blocks = sealed.subarray(blockBytes);
      if (blocks.length % blockBytes !== 0) throw new Error('the stored data is not a multiple of the block size');
      const decipher = createDecipheriv(name, secret, sealed.subarray(0, blockBytes));
      try {
        return Buffer.concat([decipher.update(blocks), decipher.final()]);
      } catch {
        throw new Error('invalid padding on input');
      }
    },
  };
}
