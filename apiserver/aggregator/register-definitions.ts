/**
 * Keeps an APIService for each group version that CustomResourceDefinitions serve, so that the list of APIServices is complete. One that
 * somebody else has made under that name is left as it is.
 *
 * Upstream: pkg/controlplane/controller/crdregistration, kube-aggregator/pkg/controllers/autoregister
 */
import type { CustomResourceDefinition } from '../../api/custom-resource-definition.ts';
import { ApiError } from '../../api/errors.ts';
import type { APIService } from '../../api/types.ts';
import { runController } from '../../client/controller.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import { createMissing } from '../bootstrap/create-missing.ts';
import { remove } from '../registry/delete.ts';
import type { Registry } from '../registry/registry.ts';
import { ownWrite } from '../registry/write-options.ts';

const label = 'kube-aggregator.kubernetes.io/automanaged';
/** Below the groups that are built in. */
const priorities = { groupPriorityMinimum: 1000, versionPriority: 100 };

/** Follows the definitions until the signal aborts. */
export function registerDefinitions(registry: Registry, signal: AbortSignal): void {
  const { resources, logger } = registry;
  const queue = new WorkQueue();
  const { cache } = resources.must('apiextensions.k8s.io', 'customresourcedefinitions');
  const services = resources.must('apiregistration.k8s.io', 'apiservices');
  // All groups are one piece of work: several definitions may serve the same version of one.
  const all = (): void => queue.add('all');
  const unsubscribe = [cache, services.cache].map((one) => one.subscribe({ changed: all, lost: all }));
  const stop = (): void => {
    for (const end of unsubscribe) end();
  };
  signal.addEventListener('abort', stop, { once: true });

  const reconcile = async (): Promise<void> => {
    const wanted = servedBy(cache.list().map(({ object }) => object as CustomResourceDefinition));
    const present = services.cache.list().map(({ object }) => object as APIService);
    const { missing, obsolete } = plan(wanted, present);
    for (const service of missing) await createMissing(registry, 'apiregistration.k8s.io', 'apiservices', service);
    for (const name of obsolete) {
      await remove(registry, services, '', name, {}, ownWrite()).catch((error: unknown) => {
        // Another apiserver was faster.
        if (!(error instanceof ApiError && error.reason === 'NotFound')) throw error;
      });
    }
  };
  all();
  void runController({ name: 'crd-registration', queue, workers: 1, reconcile, logger }, signal);
}

interface GroupVersion {
  group: string;
  version: string;
}

const nameOf = ({ group, version }: GroupVersion): string => `${version}.${group}`;

const servedBy = (definitions: readonly CustomResourceDefinition[]): GroupVersion[] =>
  definitions.flatMap(({ spec: { group, versions } }) =>
    versions.filter(({ served }) => served).map(({ name: version }) => ({ group, version })),
  );

/** What is to be made, and what to be taken away. */
export function plan(
  wanted: readonly GroupVersion[],
  present: readonly APIService[],
): { missing: APIService[]; obsolete: string[] } {
  const byName = new Map(wanted.map((gv) => [nameOf(gv), gv]));
  const known = new Set(present.map(({ metadata }) => metadata.name));
  return {
    missing: [...byName].filter(([name]) => !known.has(name)).map(([name, gv]) => apiServiceOf(name, gv)),
    obsolete: present
      .filter(({ metadata }) => metadata.labels?.[label] === 'true' && !byName.has(metadata.name!))
      .map(({ metadata }) => metadata.name!),
  };
}

const apiServiceOf = (name: string, gv: GroupVersion): APIService => ({
  metadata: { name, labels: { [label]: 'true' } },
  spec: { ...gv, ...priorities },
});
