import { expect, test } from 'vitest';
import type { Kubeconfig } from '../../client/kubeconfig-file.ts';
import { entryOf } from './entries.ts';
import { setProperty, unsetProperty } from './property.ts';

const config: Kubeconfig = {
  clusters: [
    { name: 'a', cluster: { server: '1' } },
    { name: 'a.b', cluster: { server: '2' } },
  ],
};

test.each<[string, string, string, object]>([
  ['clusters.a.server', 'x', 'a', { server: 'x' }],
  ['clusters.a.b.server', 'x', 'a.b', { server: 'x' }],
  ['clusters.new.insecure-skip-tls-verify', 'true', 'new', { 'insecure-skip-tls-verify': true }],
  ['clusters.a.certificate-authority-data', 'aGkK', 'a', { server: '1', 'certificate-authority-data': 'aGkK' }],
])('set %s to %s', (property, value, name, entry) => {
  expect(entryOf(setProperty(config, property, value, false), 'clusters', name)).toEqual(entry);
});

test('what is no base64 can be made it', () => {
  const property = 'clusters.a.certificate-authority-data';
  expect(() => setProperty(config, property, 'x', false)).toThrow('illegal base64 data at input byte 0');
  expect(() => setProperty(config, property, 'aGkK!', false)).toThrow('illegal base64 data at input byte 4');
  expect(entryOf(setProperty(config, property, 'hi', true), 'clusters', 'a')).toMatchObject({
    'certificate-authority-data': btoa('hi'),
  });
});

test.each([
  ['nope', 'unable to parse nope after [] at api.Config'],
  ['clusters.a', "can't set a map to a value: clusters.a"],
  ['clusters.a.nope', 'unable to parse nope after [clusters a] at api.Config'],
])('%s cannot be set', (property, why) => {
  expect(() => setProperty(config, property, 'x', false)).toThrow(why);
});

test('unset takes a value, an entry, a section', () => {
  expect(entryOf(unsetProperty(config, 'clusters.a.server'), 'clusters', 'a')).toEqual({});
  expect(entryOf(unsetProperty(config, 'clusters.a.b'), 'clusters', 'a.b')).toBeUndefined();
  expect(unsetProperty(config, 'clusters').clusters).toEqual([]);
  expect(() => unsetProperty(config, 'clusters.new.server')).toThrow('current map key `new` is invalid');
});
