/** 10,000 bindings of 1,000 roles beside those that a cluster starts with, and who asks what. */
import type { KubeObject, RoleSubject } from '../../api/types.ts';
import { rbacGroup } from '../../api/validation/rbac.ts';
import type { User } from '../../apiserver/authn/user.ts';
import type { Access } from '../../apiserver/authz/authorizer.ts';
import { StoredRoles } from '../../apiserver/authz/rbac/roles.fixture.ts';
import { requestInfo } from '../../apiserver/request/info.ts';

export const bindingCount = 10_000;
const roleCount = 1000;
const namespaceCount = 100;

/** The roles and the bindings, each with the resource that it is of. */
export function* manyBindings(): Generator<{ plural: string; object: KubeObject }> {
  for (let i = 0; i < roleCount; i++) {
    const rules = ['pods', 'services', 'configmaps', 'secrets'].map((resource) => ({
      verbs: ['get', 'list', 'watch'],
      apiGroups: [''],
      resources: [resource, `${resource}/status`],
    }));
    yield made('clusterroles', 'ClusterRole', { name: `role-${i}` }, { rules });
  }
  for (let i = 0; i < bindingCount; i++) {
    const namespace = `ns-${i % namespaceCount}`;
    const roleRef = { apiGroup: rbacGroup, kind: 'ClusterRole', name: `role-${i % roleCount}` };
    // Each team of a namespace has twenty bindings; every fourth one counts cluster-wide.
    const subjects: RoleSubject[] = [
      { kind: 'User', name: `user-${i}`, apiGroup: rbacGroup },
      { kind: 'Group', name: `team-${i % 500}`, apiGroup: rbacGroup },
      { kind: 'ServiceAccount', name: `robot-${i}`, namespace },
    ];
    const name = `binding-${i}`;
    yield i % 4 === 0
      ? made('clusterrolebindings', 'ClusterRoleBinding', { name }, { roleRef, subjects })
      : made('rolebindings', 'RoleBinding', { name, namespace }, { roleRef, subjects });
  }
}

const made = (plural: string, kind: string, metadata: { name: string; namespace?: string }, content: object) => ({
  plural,
  object: { kind, apiVersion: `${rbacGroup}/v1`, metadata, ...content },
});

/** The caches of a server that has them. */
export function storedBindings(): StoredRoles {
  const stored = StoredRoles.withDefaults();
  for (const { plural, object } of manyBindings()) stored.put(plural, object);
  return stored;
}

const everybody = 'system:authenticated';
const ask = (method: string, path: string): Access => requestInfo(method, path, new URLSearchParams());
const pods = ask('GET', '/api/v1/namespaces/ns-1/pods');
const deletion = ask('DELETE', '/api/v1/namespaces/ns-1/secrets/x');

/** By what they show. */
export const questions: Record<string, { user: User; access: Access }> = {
  'a service account with one role': {
    user: {
      name: 'system:serviceaccount:ns-1:robot-1',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:ns-1', everybody],
    },
    access: pods,
  },
  'a user in ten teams, allowed by the last': {
    user: { name: 'ann', groups: [...Array.from({ length: 9 }, (_, i) => `team-${i + 2}`), 'team-1', everybody] },
    access: pods,
  },
  'the same, refused': {
    user: { name: 'ann', groups: [...Array.from({ length: 10 }, (_, i) => `team-${i}`), everybody] },
    access: deletion,
  },
  'nobody in particular, refused': { user: { name: 'stranger', groups: [everybody] }, access: deletion },
  'discovery, by everybody': { user: { name: 'ann', groups: [everybody] }, access: ask('GET', '/apis/apps/v1') },
  'an administrator': { user: { name: 'root', groups: ['system:masters', everybody] }, access: deletion },
};
