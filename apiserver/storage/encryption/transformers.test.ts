import { describe, expect, test } from 'vitest';
import type { Transformer } from '../transformer.ts';
import { readEncryptionConfiguration } from './configuration.ts';
import { transformersOf } from './transformers.ts';

const secret = (fill: number, bytes = 32): string => Buffer.alloc(bytes, fill).toString('base64');
const cbc = (name: string, fill: number) => ({ aescbc: { keys: [{ name, secret: secret(fill) }] } });
const gcm = (name: string, fill: number) => ({ aesgcm: { keys: [{ name, secret: secret(fill) }] } });
const box = (name: string, fill: number) => ({ secretbox: { keys: [{ name, secret: secret(fill) }] } });
const identity = { identity: {} };

const configured = (...resources: [string[], object[]][]) =>
  transformersOf(
    readEncryptionConfiguration(
      JSON.stringify({
        kind: 'EncryptionConfiguration',
        apiVersion: 'apiserver.config.k8s.io/v1',
        resources: resources.map(([resources, providers]) => ({ resources, providers })),
      }),
    ),
  );
const forSecrets = async (...providers: object[]): Promise<Transformer> =>
  (await configured([['secrets'], providers]))('', 'secrets')!;

const key = '/registry/secrets/default/a';
const plain = Buffer.from('{"kind":"Secret","apiVersion":"v1","metadata":{"name":"a"}}');
const prefixOf = (stored: Buffer): string => /^(k8s:enc:[a-z]+:v1:[^:]*:)?/.exec(stored.toString('latin1'))![0];

describe('the first writes, and all read', () => {
  test.each([
    ['k8s:enc:aescbc:v1:key1:', [cbc('key1', 1), identity]],
    ['k8s:enc:aesgcm:v1:key2:', [gcm('key2', 2), identity]],
    ['k8s:enc:secretbox:v1:key3:', [box('key3', 3), identity]],
    ['', [identity, box('key3', 3)]],
  ])('%s', async (prefix, providers) => {
    const transformer = await forSecrets(...providers);
    const stored = transformer.toStorage(plain, key);
    expect(prefixOf(stored)).toBe(prefix);
    if (prefix) expect(stored.includes('Secret')).toBe(false);
    expect(transformer.fromStorage(stored, key)).toEqual({ value: plain, stale: false });
  });

  test('what another one has written is stale', async () => {
    const before = await forSecrets(cbc('key1', 1));
    const stored = before.toStorage(plain, key);
    for (const providers of [
      [box('key3', 3), cbc('key1', 1)],
      [cbc('key2', 2), cbc('key1', 1)],
      [identity, cbc('key1', 1)],
      [{ aescbc: { keys: [...cbc('key2', 2).aescbc.keys, ...cbc('key1', 1).aescbc.keys] } }],
    ]) {
      expect((await forSecrets(...providers)).fromStorage(stored, key)).toEqual({ value: plain, stale: true });
    }
    const encrypted = await forSecrets(box('key3', 3), identity);
    expect(encrypted.fromStorage(plain, key)).toEqual({ value: plain, stale: true });
  });

  test('a key whose name begins like another one', async () => {
    const stored = (await forSecrets(cbc('key10', 1))).toStorage(plain, key);
    expect((await forSecrets(cbc('key1', 2), cbc('key10', 1))).fromStorage(stored, key).value).toEqual(plain);
  });

  test.each([
    ['a key that is gone', [cbc('key2', 2)], 'no matching key was found for the provided AES transformer'],
    ['a provider that is gone', [box('key1', 2)], 'no matching prefix found'],
    ['no provider but identity', [identity], 'identity transformer tried to read encrypted data'],
  ])('%s', async (_, providers, message) => {
    const stored = (await forSecrets(cbc('key1', 1))).toStorage(plain, key);
    const transformer = await forSecrets(...providers);
    expect(() => transformer.fromStorage(stored, key)).toThrow(message);
  });

  test('another key of the same name: one time in 256 what comes out has a padding all the same', async () => {
    const [writer, reader] = [await forSecrets(cbc('key1', 1)), await forSecrets(cbc('key1', 3))];
    const errors = Array.from({ length: 20 }, () => {
      const stored = writer.toStorage(plain, key);
      try {
        return reader.fromStorage(stored, key).value.equals(plain) ? 'read' : 'nonsense';
      } catch (error) {
        return (error as Error).message;
      }
    });
    expect(errors).toContain('invalid padding on input');
    expect(errors).not.toContain('read');
  });

  test('plain text where identity is not among the providers', async () => {
    const transformer = await forSecrets(cbc('key1', 1));
    expect(() => transformer.fromStorage(plain, key)).toThrow('no matching prefix found');
  });
});

describe('wildcards', () => {
  test('by resource, group and everything, of which the first that covers it counts', async () => {
    const of = await configured(
      [['secrets', 'deployments.apps'], [cbc('own', 1)]],
      [['*.apps', 'configmaps'], [cbc('group', 2)]],
      [['pods', 'daemonsets.apps'], [cbc('masked', 3)]],
      [['*.'], [cbc('core', 4)]],
      [['*.*'], [cbc('all', 5)]],
      [['jobs.batch'], [cbc('masked', 6)]],
    );
    const nameOf = (group: string, plural: string): string =>
      prefixOf(of(group, plural)!.toStorage(plain, key)).split(':')[4]!;
    expect(nameOf('', 'secrets')).toBe('own');
    expect(nameOf('apps', 'deployments')).toBe('own');
    expect(nameOf('apps', 'statefulsets')).toBe('group');
    expect(nameOf('apps', 'daemonsets')).toBe('group');
    expect(nameOf('', 'configmaps')).toBe('group');
    expect(nameOf('', 'pods')).toBe('masked');
    expect(nameOf('', 'services')).toBe('core');
    expect(nameOf('batch', 'jobs')).toBe('all');
    expect(nameOf('stable.example.com', 'crontabs')).toBe('all');
  });

  test('what nothing covers is left as it is', async () => {
    const of = await configured([['secrets', '*.apps'], [cbc('a', 1)]]);
    expect(of('', 'configmaps')).toBeUndefined();
    expect(of('batch', 'secrets')).toBeUndefined();
  });
});
