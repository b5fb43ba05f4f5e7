import { expect, test } from 'vitest';
import type { APIService } from '../../api/types.ts';
import { plan } from './register-definitions.ts';

const gv = (group: string, version: string) => ({ group, version });
const service = (name: string, automanaged?: string): APIService => ({
  metadata: { name, ...(automanaged && { labels: { 'kube-aggregator.kubernetes.io/automanaged': automanaged } }) },
});

test('each version that is served has one, however many kinds it has', () => {
  const { missing, obsolete } = plan(
    [gv('a.io', 'v1'), gv('a.io', 'v1'), gv('a.io', 'v2')],
    [service('v2.a.io', 'true')],
  );
  expect(missing).toEqual([
    {
      metadata: { name: 'v1.a.io', labels: { 'kube-aggregator.kubernetes.io/automanaged': 'true' } },
      spec: { group: 'a.io', version: 'v1', groupPriorityMinimum: 1000, versionPriority: 100 },
    },
  ]);
  expect(obsolete).toEqual([]);
});

test('what is served no more goes, but nothing that others have made', () => {
  const present = [service('v1.a.io', 'true'), service('v1.apps', 'onstart'), service('v1.b.io')];
  expect(plan([], present)).toEqual({ missing: [], obsolete: ['v1.a.io'] });
  expect(plan([gv('b.io', 'v1')], present).missing).toEqual([]);
});
