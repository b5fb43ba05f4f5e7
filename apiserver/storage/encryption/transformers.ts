/**
 * From a configuration to a transformer for each resource. What is configured first counts: a resource that an earlier `*.group`
 * or `*.*` covers keeps the providers of that.
 *
 * Upstream: apiserver/pkg/server/options/encryptionconfig/config.go
 */
import type { Transformer, TransformerOf } from '../transformer.ts';
import { aesCbc } from './aes-cbc.ts';
import { aesGcm } from './aes-gcm.ts';
import type { Cipher } from './cipher.ts';
import {
  type EncryptionConfiguration,
  type Key,
  type ProviderConfiguration,
  parseGroupResource,
} from './configuration.ts';
import { identityProvider, type Provider, prefixTransformer } from './prefix-transformer.ts';

/** Loads what the configuration needs, and makes the transformers. */
export async function transformersOf({ resources }: EncryptionConfiguration): Promise<TransformerOf> {
  const providersOf = new Map<string, Provider[]>();
  for (const { resources: named, providers } of resources) {
    const made = await Promise.all(providers.map(providerOf));
    for (const text of named) {
      const { group, resource } = parseGroupResource(text);
      if ([`*.${group}`, '*.*'].some((wider) => wider !== `${resource}.${group}` && providersOf.has(wider))) continue;
      const name = `${resource}.${group}`;
      providersOf.set(name, [...(providersOf.get(name) ?? []), ...made]);
    }
  }
  const transformers = new Map<string, Transformer>();
  return (group, plural) => {
    const own = `${plural}.${group}`;
    const known = transformers.get(own);
    if (known) return known;
    const providers = providersOf.get(own) ?? providersOf.get(`*.${group}`) ?? providersOf.get('*.*');
    if (!providers) return undefined;
    const made = prefixTransformer(group ? own : plural, providers);
    transformers.set(own, made);
    return made;
  };
}

async function providerOf({ aesgcm, aescbc, secretbox }: ProviderConfiguration): Promise<Provider> {
  const noKey = (name: string): string => `no matching key was found for the provided ${name} transformer`;
  if (aesgcm) return { prefix: 'k8s:enc:aesgcm:v1:', keys: keysOf(aesgcm.keys, aesGcm), noKey: noKey('AES') };
  if (aescbc) return { prefix: 'k8s:enc:aescbc:v1:', keys: keysOf(aescbc.keys, aesCbc), noKey: noKey('AES') };
  if (!secretbox) return identityProvider;
  // Loaded only where it serves.
  const { secretbox: box } = await import('./secretbox.ts');
  return { prefix: 'k8s:enc:secretbox:v1:', keys: keysOf(secretbox.keys, box), noKey: noKey('Secretbox') };
}

const keysOf = (keys: Key[] = [], cipherOf: (secret: Buffer) => Cipher): Provider['keys'] =>
  keys.map(({ name = '', secret = '' }) => ({ name, cipher: cipherOf(Buffer.from(secret, 'base64')) }));
