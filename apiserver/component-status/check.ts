/**
 * How the parts of the control plane are. Kubernetes asks their health ports, on this machine and with fixed numbers; here
 * the elected ones are known by their Leases, so that it does not matter where they run, and the store is asked itself.
 *
 * Upstream: pkg/registry/core/rest/storage_core.go (componentStatusStorage)
 */
import type { ComponentStatus, Lease } from '../../api/types.ts';
import type { Registry } from '../registry/registry.ts';

type Check = (registry: Registry) => Promise<void>;

const namespace = 'kube-system';

const byName: Record<string, Check> = {
  'controller-manager': elected('kube-controller-manager'),
  'etcd-0': async ({ storage }) => void (await storage.currentRevision()),
  scheduler: elected('kube-scheduler'),
};

export const componentNames: readonly string[] = Object.keys(byName);

/** Asks one component. Undefined when there is none of that name. */
export async function checkComponent(registry: Registry, name: string): Promise<ComponentStatus | undefined> {
  const check = Object.hasOwn(byName, name) ? byName[name] : undefined;
  if (!check) return undefined;
  const condition = await check(registry).then(
    () => ({ type: 'Healthy', status: 'True', message: 'ok' }),
    (error: unknown) => ({
      type: 'Healthy',
      status: 'False',
      error: error instanceof Error ? error.message : `${error}`,
    }),
  );
  return { kind: 'ComponentStatus', apiVersion: 'v1', metadata: { name }, conditions: [condition] };
}

/** Somebody holds the Lease, and has renewed it in time. */
function elected(lease: string): Check {
  return async ({ resources, now }) => {
    const held = resources.must('coordination.k8s.io', 'leases').cache.get(`${namespace}/${lease}`)?.object as
      | Lease
      | undefined;
    const { holderIdentity, renewTime, leaseDurationSeconds = 0 } = held?.spec ?? {};
    if (!holderIdentity || !renewTime) throw new Error(`nobody holds the lease ${namespace}/${lease}`);
    if (Date.parse(renewTime) + leaseDurationSeconds * 1000 < now().getTime()) {
      throw new Error(`${holderIdentity} has not renewed the lease ${namespace}/${lease} since ${renewTime}`);
    }
  };
}
