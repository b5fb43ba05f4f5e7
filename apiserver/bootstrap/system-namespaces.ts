/**
 * The namespaces that every cluster has; the apiserver creates them because nothing else could.
 *
 * Upstream: pkg/controlplane/controller/systemnamespaces
 */
import type { Registry } from '../registry/registry.ts';
import { createMissing } from './create-missing.ts';

const names = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Creates those that are missing. */
export async function createSystemNamespaces(registry: Registry): Promise<void> {
  for (const name of names) await createMissing(registry, '', 'namespaces', { metadata: { name } });
}
