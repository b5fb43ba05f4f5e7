import { describe, expect, test } from 'vitest';
import { readEncryptionConfiguration } from './configuration.ts';

const configuration = (resources: unknown): string =>
  JSON.stringify({ kind: 'EncryptionConfiguration', apiVersion: 'apiserver.config.k8s.io/v1', resources });
const withProviders = (...providers: unknown[]): string => configuration([{ resources: ['secrets'], providers }]);
const withResources = (...resources: string[]): string => configuration([{ resources, providers: [{ identity: {} }] }]);
const secret = (bytes: number): string => Buffer.alloc(bytes, 1).toString('base64');

test("the example of Kubernetes' documentation, with keys of a good length", () => {
  const { resources } = readEncryptionConfiguration(`---
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources:
      - secrets
      - configmaps
      - pandas.awesome.bears.example
    providers:
      - identity: {}
      - aesgcm:
          keys:
            - name: key1
              secret: c2VjcmV0IGlzIHNlY3VyZQ==
            - name: key2
              secret: dGhpcyBpcyBwYXNzd29yZA==
      - aescbc:
          keys:
            - name: key1
              secret: c2VjcmV0IGlzIHNlY3VyZQ==
      - secretbox:
          keys:
            - name: key1
              secret: YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=
  - resources: [events]
    providers:
      - identity: {}
  - resources: ['*.apps']
    providers:
      - aescbc: {keys: [{name: key2, secret: YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=}]}
  - resources: ['*.*']
    providers:
      - aescbc: {keys: [{name: key3, secret: YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=}]}
`);
  expect(resources.map(({ resources }) => resources)).toEqual([
    ['secrets', 'configmaps', 'pandas.awesome.bears.example'],
    ['events'],
    ['*.apps'],
    ['*.*'],
  ]);
});

describe('is refused', () => {
  const at = 'resources[0].providers[0]';
  test.each([
    [configuration([]), 'resources: Required value: at least one resources is required'],
    [configuration([{}]), 'resources[0].resources: Required value: at least one resources[0].resources is required'],
    [withResources(), 'resources[0].resources: Required value'],
    [withResources('Secrets'), 'Invalid value: "Secrets": resource name should not contain capital letters'],
    [withResources('*'), `Invalid value: "*": use '*.' to encrypt all the resources from core API group or *.*`],
    [withResources('secrets.*'), 'encrypting the same resource across groups is not supported'],
    [withResources('events.events.k8s.io'), "Use 'events' instead in the config file"],
    [withResources('*.extensions'), "'extensions' group has been removed and cannot be used for encryption"],
    [withResources('serviceipallocations'), 'resources which do not have REST API/s cannot be encrypted'],
    [withResources('secrets', 'secrets'), 'the same resource cannot be specified multiple times'],
    [withResources('secrets', '*.'), "using overlapping resources such as 'secrets' and '*.'"],
    [withResources('deployments.apps', '*.*'), "using overlapping resources such as 'secrets' and '*.'"],
    [withProviders(), 'resources[0].providers: Required value'],
    [withProviders({}), 'provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox'],
    [withProviders({ identity: {}, aescbc: {} }), 'more than one provider specified in a single element'],
    [withProviders({ kms: { name: 'x' } }), `${at}.kms: Forbidden: the provider kms is not supported`],
    [withProviders({ aescbc: {} }), `${at}.aescbc.keys: Required value: at least one keys is required`],
    [withProviders({ aescbc: { keys: [{}] } }), `${at}.aescbc.keys[0].name: Required value: name is a mandatory field`],
    [withProviders({ aescbc: { keys: [{ name: 'a' }] } }), `${at}.aescbc.keys[0].secret: Required value`],
    [withProviders({ aesgcm: { keys: [{ name: 'a', secret: 'not base64!' }] } }), 'secrets must be base64 encoded'],
    [
      withProviders({ aesgcm: { keys: [{ name: 'a', secret: secret(20) }] } }),
      'secret is not of the expected length, got 20, expected one of [16 24 32]',
    ],
    [
      withProviders({ secretbox: { keys: [{ name: 'a', secret: secret(16) }] } }),
      'secret is not of the expected length, got 16, expected one of [32]',
    ],
    [withProviders({ aescbc: { keys: [{ name: 1 }] } }), `${at}.aescbc.keys[0].name must be text`],
    [withProviders({ identity: {}, key: 1 }), `unknown field "${at}.key"`],
  ])('%s', (text, message) => expect(() => readEncryptionConfiguration(text)).toThrow(message));

  test('no error tells a secret', () => {
    const leak = 'bXkgc2VjcmV0';
    for (const text of [
      withProviders({ aescbc: { keys: [{ name: 'a', secret: leak }] } }),
      withProviders({ aescbc: { keys: [{ name: 'a', secret: `${leak}!` }] }, identity: {} }),
    ]) {
      let message = '';
      try {
        readEncryptionConfiguration(text);
      } catch (error) {
        ({ message } = error as Error);
      }
      expect(message).not.toBe('');
      expect(message).not.toContain(leak);
    }
  });
});
