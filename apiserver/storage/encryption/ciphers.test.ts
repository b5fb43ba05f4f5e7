import { randomBytes } from 'node:crypto';
import { cbc, gcm } from '@noble/ciphers/aes.js';
import { describe, expect, test } from 'vitest';
import { aesCbc } from './aes-cbc.ts';
import { aesGcm } from './aes-gcm.ts';
import type { Cipher } from './cipher.ts';
import { secretbox } from './secretbox.ts';

const key = '/registry/secrets/default/web';
const all: [string, (secret: Buffer) => Cipher, number[], boolean][] = [
  ['aescbc', aesCbc, [16, 24, 32], false],
  ['aesgcm', aesGcm, [16, 24, 32], true],
  ['secretbox', secretbox, [32], false],
];

describe.each(all)('%s', (name, cipherOf, sizes, bound) => {
  test.each(sizes)('with a key of %d bytes opens what it has sealed, whatever its length', (size) => {
    const cipher = cipherOf(randomBytes(size));
    for (const length of [0, 1, 15, 16, 17, 31, 32, 1000]) {
      const plain = randomBytes(length);
      expect(cipher.open(cipher.seal(plain, key), key)).toEqual(plain);
    }
  });

  test('no two are the same', () => {
    const cipher = cipherOf(Buffer.alloc(32, 1));
    expect(cipher.seal(Buffer.from('a'), key)).not.toEqual(cipher.seal(Buffer.from('a'), key));
  });

  test('what is cut off or sealed by another key is not opened', () => {
    const cipher = cipherOf(Buffer.alloc(32, 1));
    const sealed = cipher.seal(Buffer.from('{"a":"some text of more than a block"}'), key);
    for (const length of [0, 1, 12, 23, sealed.length - 1]) {
      expect(() => cipher.open(sealed.subarray(0, length), key)).toThrow();
    }
    // The padding of CBC is right by chance once in 256 times.
    const other = Array.from({ length: 20 }, (_, i) => cipherOf(Buffer.alloc(32, 2 + i)));
    const opened = other.map((cipher) => {
      try {
        return cipher.open(sealed, key).toString();
      } catch {
        return undefined;
      }
    });
    expect(opened.filter((text) => text === undefined).length).toBeGreaterThan(name === 'aescbc' ? 10 : 19);
    expect(opened.every((text) => !text?.includes('some text'))).toBe(true);
  });

  test(`a value in the place of another one: ${bound ? 'refused' : 'not noticed, as in Kubernetes'}`, () => {
    const cipher = cipherOf(Buffer.alloc(32, 1));
    const sealed = cipher.seal(Buffer.from('mine'), key);
    const move = () => cipher.open(sealed, '/registry/secrets/default/db').toString();
    if (bound) expect(move).toThrow('message authentication failed');
    else expect(move()).toBe('mine');
  });
});

describe('another implementation reads the same', () => {
  const secret = Buffer.alloc(32, 7);
  const plain = Buffer.from('{"kind":"Secret"}');

  test('aescbc: 16 bytes of vector, then padded blocks', () => {
    const sealed = aesCbc(secret).seal(plain, key);
    expect(Buffer.from(cbc(secret, sealed.subarray(0, 16)).decrypt(sealed.subarray(16)))).toEqual(plain);
    expect(sealed).toHaveLength(16 + 32);
  });

  test('aesgcm: 12 bytes of nonce, the value, 16 bytes of tag; the key is authenticated', () => {
    const sealed = aesGcm(secret).seal(plain, key);
    const other = gcm(secret, sealed.subarray(0, 12), Buffer.from(key));
    expect(Buffer.from(other.decrypt(sealed.subarray(12)))).toEqual(plain);
    expect(sealed).toHaveLength(12 + plain.length + 16);
  });

  test('aesgcm as an early kube-apiserver has stored it', () => {
    const stored = '9f27c8fcea8a58c467d8e437dbf2d85955f9b4bd912f4ef967d788a0cb07797dac0a3f0a0845605ca85ac8562b4ae122';
    const text = Buffer.from(stored, 'hex');
    const cipher = aesGcm(Buffer.from('snorlax_awesomes'));
    expect(cipher.open(text.subarray(0, 47), 'bamboo').toString()).toBe('pandas are the best');
  });

  test("secretbox: NaCl's own vector, after 24 bytes of nonce", () => {
    const box =
      '8442bc313f4626f1359e3b50122b6ce6fe66ddfe7d39d14e637eb4fd5b45beadab55198df6ab5368439792a23c87db70' +
      'acb6156dc5ef957ac04f6276cf6093b84be77ff0849cc33e34b7254d5a8f65ad';
    const sealed = Buffer.concat([Buffer.alloc(24, 2), Buffer.from(box, 'hex')]);
    expect(secretbox(Buffer.alloc(32, 1)).open(sealed, key)).toEqual(Buffer.alloc(64, 3));
  });
});
