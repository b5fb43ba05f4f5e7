import { expect, test } from 'vitest';
import { componentsOf } from './components.ts';
import { type Cluster, pathsOf } from './layout.ts';
import { slotAt } from './slot.ts';

const cluster: Cluster = { ...slotAt(1, true), runtime: 'docker', nodes: 1 };

const apiserverArgs = (given: Cluster['apiserverArgs']): string[] => {
  const components = componentsOf({ ...cluster, apiserverArgs: given }, pathsOf('/data'));
  return components.find(({ name }) => name === 'apiserver')!.args;
};

test('flags that were asked for are added, or take the place of those of before', () => {
  const plain = apiserverArgs(undefined);
  expect(plain).toContain('--audit-policy-file=/data/audit-policy.yaml');
  const asked = apiserverArgs({ 'audit-policy-file': '/mine.yaml', 'oidc-client-id': 'a,b=c' });
  expect(asked.filter((arg) => arg.startsWith('--audit-policy-file='))).toEqual(['--audit-policy-file=/mine.yaml']);
  expect(asked).toContain('--oidc-client-id=a,b=c');
  expect(asked.length).toBe(plain.length + 1);
});
