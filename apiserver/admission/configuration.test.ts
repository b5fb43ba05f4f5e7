import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPluginConfigurations } from './configuration.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'minik-admission-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

function read(plugins: object[], more: object = {}): Record<string, string> {
  const file = join(folder, 'admission.json');
  const head = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AdmissionConfiguration' };
  writeFileSync(file, JSON.stringify({ ...head, plugins, ...more }));
  return Object.fromEntries(readPluginConfigurations(file));
}

test('plugins are told inline, or in a file beside', () => {
  writeFileSync(join(folder, 'other.yaml'), 'kind: Other\n');
  const plugins = [
    { name: 'PodSecurity', configuration: { kind: 'PodSecurityConfiguration' } },
    { name: 'ResourceQuota', path: 'other.yaml' },
  ];
  expect(read(plugins)).toEqual({ PodSecurity: '{"kind":"PodSecurityConfiguration"}', ResourceQuota: 'kind: Other\n' });
  expect(readPluginConfigurations(undefined).size).toBe(0);
});

test('what cannot be read names the file', () => {
  expect(() => read([{ name: 'PodSecurity', path: 'none.json' }])).toThrow(/admission\.json: .*none\.json: ENOENT/);
  expect(() => read([{ name: 'PodSecurity' }])).toThrow('plugin "PodSecurity" has neither a configuration nor a path');
  expect(() => read([], { plugin: [] })).toThrow('admission.json: unknown field "plugin"');
});
