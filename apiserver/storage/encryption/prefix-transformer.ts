/**
 * Several providers for one resource: the first writes, and a value is read by the one whose prefix it has. So a key can be
 * replaced while values that the old one has sealed are still there.
 *
 *   k8s:enc:aescbc:v1:key1:<initialization vector and blocks>
 *
 * Upstream: apiserver/pkg/storage/value/transformer.go NewPrefixTransformers, server/options/encryptionconfig/config.go
 */
import { readPlain, type Transformer } from '../transformer.ts';
import type { Cipher } from './cipher.ts';
import { countTransformation } from './metrics.ts';

/** The keys of a provider, in the order in which they stand. */
export interface Provider {
  /** `k8s:enc:aescbc:v1:`; empty for the provider that leaves values as they are. */
  prefix: string;
  keys: { name: string; cipher: Cipher }[];
  /** What is told of a value that has the prefix, and the name of no key. */
  noKey: string;
}

interface Sealer {
  prefix: Buffer;
  cipher: Cipher;
}

export const identityProvider: Provider = { prefix: '', keys: [], noKey: '' };

/** The transformer of a resource; the name of the resource is for the metrics. */
export function prefixTransformer(resource: string, providers: readonly Provider[]): Transformer {
  const writer = sealersOf(providers[0]!)[0];
  const readers = providers.map((provider) => ({
    ...provider,
    start: Buffer.from(provider.prefix),
    sealers: sealersOf(provider),
  }));
  const counted = <T>(type: 'to_storage' | 'from_storage', prefix: string, transform: () => T): T =>
    countTransformation(resource, type, prefix, transform);
  return {
    toStorage(value, key) {
      return counted('to_storage', providers[0]!.prefix || 'identity', () =>
        writer ? Buffer.concat([writer.prefix, writer.cipher.seal(value, key)]) : value,
      );
    },
    fromStorage(value, key) {
      const errors: string[] = [];
      for (const [i, { prefix, start, sealers, noKey }] of readers.entries()) {
        if (!startsWith(value, start)) continue;
        try {
          if (prefix === '') {
            const plain = readPlain(value);
            return counted('from_storage', 'identity', () => ({ value: plain, stale: i !== 0 }));
          }
          return counted('from_storage', prefix, () => {
            const j = sealers.findIndex((sealer) => startsWith(value, sealer.prefix));
            const sealer = sealers[j];
            if (!sealer) throw new Error(noKey);
            return { value: sealer.cipher.open(value.subarray(sealer.prefix.length), key), stale: i !== 0 || j !== 0 };
          });
        } catch (error) {
          // Another provider may have the key: a value of every provider has the prefix of the one that is empty.
          errors.push((error as Error).message);
        }
      }
      throw new Error(errors.length > 0 ? errors.join(', ') : 'no matching prefix found');
    },
  };
}

const sealersOf = ({ prefix, keys }: Provider): Sealer[] =>
  keys.map(({ name, cipher }) => ({ prefix: Buffer.from(`${prefix}${name}:`), cipher }));

const startsWith = (value: Buffer, prefix: Buffer): boolean =>
  value.length >= prefix.length && value.subarray(0, prefix.length).equals(prefix);
