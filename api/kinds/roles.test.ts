import { expect, test } from 'vitest';
import { clusterrolebindings } from './clusterrolebindings.ts';
import { clusterroles } from './clusterroles.ts';
import { rolebindings } from './rolebindings.ts';
import { roles } from './roles.ts';
import { cellsOf, created, createErrors, expectErrors, updateErrors } from './writes.fixture.ts';

const pods = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
const urls = { verbs: ['get'], nonResourceURLs: ['/healthz'] };
const at = 'rules[0]';

test.each<[string, unknown, object, string | undefined]>([
  ['role', roles, { rules: [pods] }, undefined],
  ['role', roles, {}, undefined],
  [
    'role',
    roles,
    { rules: [{ ...pods, verbs: [] }] },
    `${at}.verbs: Required value: verbs must contain at least one value`,
  ],
  [
    'role',
    roles,
    { rules: [{ verbs: ['get'] }] },
    `${at}.apiGroups: Required value: resource rules must supply at least one api group`,
  ],
  [
    'role',
    roles,
    { rules: [{ verbs: ['get'] }] },
    `${at}.resources: Required value: resource rules must supply at least one resource`,
  ],
  ['role', roles, { rules: [{ ...pods, resources: ['pods', 'services'], resourceNames: ['a'] }] }, undefined],
  [
    'role',
    roles,
    { rules: [urls] },
    `${at}.nonResourceURLs: Invalid value: ["/healthz"]: namespaced rules cannot apply to non-resource URLs`,
  ],
  ['cluster role', clusterroles, { rules: [urls] }, undefined],
  [
    'cluster role',
    clusterroles,
    { rules: [{ ...pods, ...urls }] },
    `${at}.nonResourceURLs: Invalid value: ["/healthz"]: rules cannot apply to both regular resources and non-resource URLs`,
  ],
  [
    'cluster role',
    clusterroles,
    { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } },
    undefined,
  ],
  [
    'cluster role',
    clusterroles,
    { aggregationRule: {} },
    'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required',
  ],
  [
    'cluster role',
    clusterroles,
    { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: '-' } }] } },
    'aggregationRule.clusterRoleSelectors[0].matchLabels: Invalid value: "-"',
  ],
])('%s %#: %j %s', (_, kind, object, error) => expectErrors(createErrors(kind, object), error));

const binding = (roleRef: object = {}, ...subjects: object[]) => ({
  roleRef: { kind: 'ClusterRole', name: 'view', ...roleRef },
  subjects,
});

test('a binding gets the group of its role and of users', () => {
  const subjects = ['User', 'Group', 'ServiceAccount'].map((kind) => ({ kind, name: 'a', namespace: 'n' }));
  const group = { apiGroup: 'rbac.authorization.k8s.io' };
  expect(created(clusterrolebindings, binding({}, ...subjects))).toMatchObject({
    roleRef: group,
    subjects: [group, group, { kind: 'ServiceAccount' }],
  });
  expect(createErrors(clusterrolebindings, binding({}, ...subjects))).toEqual([]);
});

test.each<[string, unknown, object, string | undefined]>([
  ['binding', rolebindings, binding({ kind: 'Role' }), undefined],
  [
    'binding',
    rolebindings,
    binding({ kind: 'Pod' }),
    'roleRef.kind: Unsupported value: "Pod": supported values: "ClusterRole", "Role"',
  ],
  [
    'cluster binding',
    clusterrolebindings,
    binding({ kind: 'Role' }),
    'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
  ],
  [
    'binding',
    rolebindings,
    binding({ apiGroup: 'x' }),
    'roleRef.apiGroup: Unsupported value: "x": supported values: "rbac.authorization.k8s.io"',
  ],
  ['binding', rolebindings, binding({ name: '' }), 'roleRef.name: Required value'],
  ['binding', rolebindings, binding({ name: 'a/b' }), `roleRef.name: Invalid value: "a/b": may not contain '/'`],
  ['binding', rolebindings, binding({ name: 'system:a' }), undefined],
  ['binding', rolebindings, binding({}, { kind: 'ServiceAccount', name: 'a' }), undefined],
  [
    'cluster binding',
    clusterrolebindings,
    binding({}, { kind: 'ServiceAccount', name: 'a' }),
    'subjects[0].namespace: Required value',
  ],
  [
    'binding',
    rolebindings,
    binding({}, { kind: 'ServiceAccount', name: 'A' }),
    'subjects[0].name: Invalid value: "A": a lowercase RFC 1123 subdomain',
  ],
  [
    'binding',
    rolebindings,
    binding({}, { kind: 'ServiceAccount', name: 'a', apiGroup: 'x' }),
    'subjects[0].apiGroup: Unsupported value: "x": supported values: ""',
  ],
  [
    'binding',
    rolebindings,
    binding({}, { kind: 'User', name: '' }),
    'subjects[0].name: Invalid value: "": user name cannot be empty',
  ],
  [
    'binding',
    rolebindings,
    binding({}, { kind: 'Robot', name: 'a' }),
    'subjects[0].kind: Unsupported value: "Robot": supported values: "Group", "ServiceAccount", "User"',
  ],
])('%s %#: %j %s', (_, kind, object, error) => expectErrors(createErrors(kind, object), error));

test('a binding keeps its role', () => {
  expectErrors(updateErrors(rolebindings, binding(), binding({}, { kind: 'User', name: 'a' })), undefined);
  expectErrors(
    updateErrors(rolebindings, binding(), binding({ name: 'edit' })),
    'roleRef: Invalid value: {"kind":"ClusterRole","name":"edit","apiGroup":"rbac.authorization.k8s.io"}: cannot change roleRef',
  );
});

test('a binding prints', () => {
  const subjects = [
    { kind: 'User', name: 'a' },
    { kind: 'User', name: 'b' },
    { kind: 'ServiceAccount', name: 's', namespace: 'n' },
  ];
  expect(cellsOf(rolebindings, binding({}, ...subjects))).toMatchObject({
    Role: 'ClusterRole/view',
    Users: 'a, b',
    Groups: '',
    ServiceAccounts: 'n/s',
  });
});
