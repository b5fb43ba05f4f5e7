import { expect, test } from 'vitest';
import { accessRows } from './access-list.ts';

test('one row for each resource, verbs put together, in the order of the verbs', () => {
  const rows = accessRows([
    { verbs: ['list', 'get'], apiGroups: ['apps'], resources: ['deployments', 'deployments/scale'] },
    { verbs: ['get', 'watch'], apiGroups: ['apps'], resources: ['deployments'] },
    { verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: ['a'] },
    { verbs: ['get'], nonResourceURLs: ['/healthz'] },
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  ]);
  expect(rows).toEqual([
    ['*.*', '[]', '[]', '[*]'],
    ['', '[/healthz]', '[]', '[get]'],
    ['pods', '[]', '[a]', '[get]'],
    ['deployments.apps', '[]', '[]', '[list get watch]'],
    ['deployments.apps/scale', '[]', '[]', '[list get]'],
  ]);
});
