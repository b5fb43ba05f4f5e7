/**
 * What a cluster needs before a machine can join it with a token: cluster-info for everybody to read, and the right of those who
 * come with a token to get a certificate. Made with the first token, so that a cluster without tokens shows nothing to strangers.
 *
 * Upstream: cmd/kubeadm/app/phases/bootstraptoken
 */
import { clusterInfoName, clusterInfoNamespace, kubeconfigKey } from '../../api/cluster-info.ts';
import { ApiError } from '../../api/errors.ts';
import type { ResourceName } from '../../api/kind.ts';
import { clusterrolebindings } from '../../api/kinds/clusterrolebindings.ts';
import { clusterroles } from '../../api/kinds/clusterroles.ts';
import { configmaps } from '../../api/kinds/configmaps.ts';
import { rolebindings } from '../../api/kinds/rolebindings.ts';
import { roles } from '../../api/kinds/roles.ts';
import type { ClusterRoleBinding, KubeObject } from '../../api/types.ts';
import type { RestConfig } from '../../client/kubeconfig.ts';
import type { RestClient } from '../../client/rest.ts';
import { defaultGroup } from './tokens.ts';

const rbac = 'rbac.authorization.k8s.io';
const user = (name: string) => ({ apiGroup: rbac, kind: 'User', name });
const group = (name: string) => ({ apiGroup: rbac, kind: 'Group', name });
const clusterInfoReader = 'kubeadm:bootstrap-signer-clusterinfo';
const nodeReader = 'kubeadm:get-nodes';
const requests = 'system:certificates.k8s.io:certificatesigningrequests';

const binding = (name: string, role: string, members: string): ClusterRoleBinding => ({
  metadata: { name },
  roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
  subjects: [group(members)],
});

/** Makes what is missing. */
export async function ensureBootstrapObjects(client: RestClient): Promise<void> {
  const info = { name: clusterInfoName, namespace: clusterInfoNamespace };
  const data = { [kubeconfigKey]: kubeconfigWithoutUser(client.config) };
  await ensure(client, configmaps, { metadata: info, data });
  // The cluster may have got another address or CA since.
  await client.of(configmaps).patch(clusterInfoName, clusterInfoNamespace, { data });
  const reader = { name: clusterInfoReader, namespace: clusterInfoNamespace };
  const readsInfo = { apiGroups: [''], resources: ['configmaps'], resourceNames: [clusterInfoName], verbs: ['get'] };
  await ensure(client, roles, { metadata: reader, rules: [readsInfo] });
  await ensure(client, rolebindings, {
    metadata: reader,
    roleRef: { apiGroup: rbac, kind: 'Role', name: clusterInfoReader },
    subjects: [user('system:anonymous')],
  });
  const readsNodes = { apiGroups: [''], resources: ['nodes'], verbs: ['get'] };
  await ensure(client, clusterroles, { metadata: { name: nodeReader }, rules: [readsNodes] });
  for (const one of [
    binding(nodeReader, nodeReader, defaultGroup),
    binding('kubeadm:kubelet-bootstrap', 'system:node-bootstrapper', defaultGroup),
    binding('kubeadm:node-autoapprove-bootstrap', `${requests}:nodeclient`, defaultGroup),
    binding('kubeadm:node-autoapprove-certificate-rotation', `${requests}:selfnodeclient`, 'system:nodes'),
  ])
    await ensure(client, clusterrolebindings, one);
}

async function ensure<T extends KubeObject>(client: RestClient, kind: ResourceName<T>, object: T): Promise<void> {
  try {
    await client.of(kind).create(object);
  } catch (error) {
    if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error;
  }
}

/** A kubeconfig in JSON, which is YAML as well. */
function kubeconfigWithoutUser({ server, ca = '' }: RestConfig): string {
  const cluster = { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'Config', clusters: [{ name: '', cluster }], users: null }, undefined, 2)}\n`;
}
