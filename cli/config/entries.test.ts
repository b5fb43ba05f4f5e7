import { expect, test } from 'vitest';
import type { Kubeconfig } from '../../client/kubeconfig-file.ts';
import { type ConfigFile, changedFiles, withFields, withoutEntry } from './entries.ts';

const one: ConfigFile = {
  path: '/one/config',
  config: { 'current-context': 'a', contexts: [{ name: 'a', context: { cluster: 'c' } }], mine: true },
};
const two: ConfigFile = {
  path: '/two/config',
  config: {
    'current-context': 'b',
    contexts: [
      { name: 'a', context: { cluster: 'hidden' } },
      { name: 'b', context: { cluster: 'c' } },
    ],
  },
};
const change = (edit: (config: Kubeconfig) => Kubeconfig): [string, Kubeconfig][] =>
  changedFiles([one, two], one.path, edit).map(({ path, config }) => [path, config]);

test('nothing changed changes no file', () => {
  expect(change((config) => withFields(config, 'contexts', 'b', { cluster: 'c' }))).toEqual([]);
});

test('an entry is changed where it is', () => {
  const namespaced = (name: string) => (config: Kubeconfig) =>
    withFields(config, 'contexts', name, { namespace: 'web' });
  expect(change(namespaced('b'))).toMatchObject([
    ['/two/config', { contexts: [{ name: 'a', context: { cluster: 'hidden' } }, { context: { namespace: 'web' } }] }],
  ]);
  expect(change(namespaced('a'))).toEqual([
    [one.path, { ...one.config, contexts: [{ name: 'a', context: { cluster: 'c', namespace: 'web' } }] }],
  ]);
  expect(change(namespaced('new'))).toMatchObject([[one.path, { contexts: [{ name: 'a' }, { name: 'new' }] }]]);
});

test('what is deleted is deleted everywhere', () => {
  expect(change((config) => withoutEntry(config, 'contexts', 'a'))).toMatchObject([
    [one.path, { contexts: [] }],
    [two.path, { contexts: [{ name: 'b' }] }],
  ]);
});

test('without a current context none of another file takes its place', () => {
  const unset = change((config) => ({ ...config, 'current-context': '' }));
  expect(unset.map(([path, config]) => [path, config['current-context']])).toEqual([
    [one.path, ''],
    [two.path, ''],
  ]);
  expect(change((config) => ({ ...config, 'current-context': 'b' }))).toMatchObject([
    [one.path, { 'current-context': 'b' }],
  ]);
});

test.each([
  ['/one/pki/ca.crt', 'pki/ca.crt'],
  ['/other/ca.crt', '/other/ca.crt'],
])('the path %s is kept as %s', (path, kept) => {
  const [[, config]] = change((merged) => withFields(merged, 'clusters', 'c', { 'certificate-authority': path })) as [
    [string, Kubeconfig],
  ];
  expect(config.clusters).toEqual([{ name: 'c', cluster: { 'certificate-authority': kept } }]);
});
