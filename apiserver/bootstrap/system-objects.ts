/**
 * Objects beside the namespaces that every cluster has from its start: the priorities of the system's own pods, the range of
 * the Services' addresses, and a local APIService for each group version of this server.
 *
 * Upstream: pkg/registry/scheduling/rest (AddSystemPriorityClasses), pkg/controlplane/controller/defaultservicecidr,
 * pkg/controlplane/apiserver/aggregator.go. Left out: an IPAddress for each Service.
 */
import { allKinds } from '../../api/kinds/all.ts';
import { systemPriorityClasses } from '../../api/kinds/priorityclasses.ts';
import type { APIService, KubeObject, PriorityClass, ServiceCIDR } from '../../api/types.ts';
import type { Registry } from '../registry/registry.ts';
import { createMissing } from './create-missing.ts';

/** Creates those that are missing. */
export async function createSystemObjects(registry: Registry, serviceCidr: string): Promise<void> {
  const range: ServiceCIDR = { metadata: { name: 'kubernetes' }, spec: { cidrs: [serviceCidr] } };
  const missing = (group: string, plural: string, object: KubeObject): Promise<void> =>
    createMissing(registry, group, plural, object);
  const builtIn = new Map(allKinds.map(({ group, version }) => [`${version}.${group}`, { group, version }]));
  await Promise.all([
    ...systemPriorityClasses.map(({ name, value, description }) => {
      const object: PriorityClass = { metadata: { name }, value, description };
      return missing('scheduling.k8s.io', 'priorityclasses', object);
    }),
    missing('networking.k8s.io', 'servicecidrs', range),
    ...[...builtIn].map(([name, gv]) => missing('apiregistration.k8s.io', 'apiservices', apiServiceOf(name, gv))),
  ]);
}

/** How high a group stands in discovery, where its name and resources are looked up. */
const groupPriorities: Record<string, number> = {
  '': 18000,
  apps: 17800,
  'events.k8s.io': 17750,
  'authentication.k8s.io': 17700,
  'authorization.k8s.io': 17600,
  autoscaling: 17500,
  batch: 17400,
  'certificates.k8s.io': 17300,
  'networking.k8s.io': 17200,
  policy: 17100,
  'rbac.authorization.k8s.io': 17000,
  'storage.k8s.io': 16800,
  'apiextensions.k8s.io': 16700,
  'admissionregistration.k8s.io': 16700,
  'scheduling.k8s.io': 16600,
  'coordination.k8s.io': 16500,
  'node.k8s.io': 16300,
  'discovery.k8s.io': 16200,
  'flowcontrol.apiserver.k8s.io': 16100,
  'resource.k8s.io': 15900,
};
/** The preferred version of a group has the higher one. */
const versionPriorities: Record<string, number> = { v1: 15, v2: 30 };
/** Of a group or a version that Kubernetes has given none. */
const lowest = { group: 1000, version: 9 };

const apiServiceOf = (name: string, { group, version }: { group: string; version: string }): APIService => ({
  metadata: { name, labels: { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' } },
  spec: {
    group,
    version,
    groupPriorityMinimum: groupPriorities[group] ?? lowest.group,
    versionPriority: name === 'v1.' ? 1 : (versionPriorities[version] ?? lowest.version),
  },
});
