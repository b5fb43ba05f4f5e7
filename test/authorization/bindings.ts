/** Who has which role in the matrix: what its people may do, as objects. */
import { clusterrolebindings } from '../../api/kinds/clusterrolebindings.ts';
import { clusterroles } from '../../api/kinds/clusterroles.ts';
import { rolebindings } from '../../api/kinds/rolebindings.ts';
import type { RestClient } from '../../client/rest.ts';

const group = 'rbac.authorization.k8s.io';

/** Who is bound to which roles; `namespace` undefined for the whole cluster. */
const bindings: { role: string; namespace?: string; subject: Subject }[] = [
  { role: 'view', namespace: 'a', subject: user('viewer') },
  { role: 'edit', namespace: 'a', subject: user('editor') },
  { role: 'admin', namespace: 'a', subject: user('owner') },
  { role: 'view', subject: user('viewer-everywhere') },
  { role: 'cluster-admin', subject: user('ruler') },
  { role: 'view', namespace: 'a', subject: { kind: 'ServiceAccount', name: 'target', namespace: 'a' } },
];

interface Subject {
  kind: 'User' | 'ServiceAccount';
  name: string;
  namespace?: string;
  apiGroup?: string;
}

function user(name: string): Subject {
  return { kind: 'User', name, apiGroup: group };
}

/** The cluster role that lets the impersonator of the matrix be one user. */
const impersonatorRules = [
  { verbs: ['impersonate'], apiGroups: [''], resources: ['users'], resourceNames: ['viewer'] },
];

/** Changes everything that is there, and makes nothing. */
const changerRules = [{ verbs: ['patch', 'update'], apiGroups: ['*'], resources: ['*'] }];

/** Makes the bindings, and the roles that no cluster starts with. */
export async function bindAll(admin: RestClient): Promise<void> {
  for (const [i, { role, namespace, subject }] of bindings.entries()) {
    const roleRef = { apiGroup: group, kind: 'ClusterRole', name: role };
    const binding = {
      metadata: { name: `matrix-${i}`, ...(namespace && { namespace }) },
      roleRef,
      subjects: [subject],
    };
    if (namespace) await admin.of(rolebindings).create(binding);
    else await admin.of(clusterrolebindings).create(binding);
  }
  for (const [name, rules] of Object.entries({ impersonator: impersonatorRules, changer: changerRules })) {
    await admin.of(clusterroles).create({ metadata: { name }, rules });
    await admin.of(clusterrolebindings).create({
      metadata: { name },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name },
      subjects: [user(name)],
    });
  }
  await admin.of(clusterroles).create({
    metadata: { name: 'view-widgets', labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
    rules: [{ verbs: ['get', 'list', 'watch'], apiGroups: ['matrix.example.com'], resources: ['widgets'] }],
  });
}
