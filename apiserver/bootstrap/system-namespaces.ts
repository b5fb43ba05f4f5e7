/**
 * The namespaces that every cluster has; the apiserver creates them because nothing else could.
 *
 * Upstream: pkg/controlplane/controller/systemnamespaces
 */
import { ApiError } from '../../api/errors.ts';
import { apiserverUser } from '../authn/user.ts';
import { create } from '../registry/create.ts';
import type { Registry } from '../registry/registry.ts';

const names = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Creates those that are missing. */
export async function createSystemNamespaces(registry: Registry): Promise<void> {
  const namespaces = registry.resources.must('', 'namespaces');
  for (const name of names) {
    if (namespaces.cache.get(name)) continue;
    try {
      await create(
        registry,
        namespaces,
        '',
        { metadata: { name } },
        { user: apiserverUser, dryRun: false, manager: 'kube-apiserver' },
      );
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error;
    }
  }
}
