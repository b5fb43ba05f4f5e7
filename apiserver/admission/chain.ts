/**
 * The admission plugins, in the order in which they run: Kubernetes' own order, and behind it what this server decides on at the
 * end of a write.
 *
 * Upstream: pkg/kubeapiserver/options/plugins.go
 */
import { serviceAllocation } from '../allocation/service-allocation.ts';
import { rbacEscalation } from '../authz/rbac/escalation.ts';
import { definitionNames } from '../crd/definition-names.ts';
import type { Flags } from '../flags.ts';
import type { Registry } from '../registry/registry.ts';
import { certificateApproval } from './certificates/approval.ts';
import { certificateSigning } from './certificates/signing.ts';
import { certificateSubjectRestriction } from './certificates/subject-restriction.ts';
import { readPluginConfigurations } from './configuration.ts';
import { defaultIngressClass } from './default-ingress-class.ts';
import { defaultStorageClass } from './default-storage-class.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { limitRanger } from './limit-ranger/plugin.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import { persistentVolumeClaimResize } from './persistent-volume-claim-resize.ts';
import type { AdmissionPlugin } from './plugin.ts';
import { podSecurity } from './pod-security/plugin.ts';
import { mutatingPolicies } from './policy/mutating.ts';
import { paramPermission } from './policy/param-permission.ts';
import { validatingPolicies } from './policy/validating.ts';
import { priority } from './priority.ts';
import { resourceQuota } from './resource-quota/plugin.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccount } from './service-account.ts';
import { mutatingWebhooks } from './webhook/mutating.ts';
import { validatingWebhooks } from './webhook/validating.ts';

/** All that there are. */
const allPlugins = (
  registry: Registry,
  flags: Flags,
  configurations: ReadonlyMap<string, string>,
): AdmissionPlugin[] => [
  namespaceLifecycle,
  limitRanger(registry),
  serviceAccount,
  nodeRestriction,
  podSecurity(configurations.get('PodSecurity')),
  priority(registry),
  defaultTolerationSeconds,
  defaultStorageClass(registry),
  persistentVolumeClaimResize(registry),
  runtimeClass(registry),
  certificateApproval,
  certificateSigning,
  certificateSubjectRestriction,
  defaultIngressClass(registry),
  mutatingPolicies(registry),
  mutatingWebhooks(registry),
  validatingPolicies(registry),
  validatingWebhooks(registry),
  resourceQuota(registry),
  serviceAllocation(
    { clusterIPs: flags['service-cluster-ip-range'], nodePorts: flags['service-node-port-range'] },
    registry.storage,
  ),
  definitionNames(registry.storage),
];

/** The plugins that the flags leave on. Throws for a name that no plugin has. */
export function admissionPlugins(registry: Registry, flags: Flags): readonly AdmissionPlugin[] {
  const all = allPlugins(registry, flags, readPluginConfigurations(flags['admission-control-config-file']));
  const { 'enable-admission-plugins': enabled, 'disable-admission-plugins': disabled } = flags;
  const known = new Set(all.map(({ name }) => name));
  for (const [flag, names] of Object.entries({ enable: enabled, disable: disabled })) {
    const unknown = names.find((name) => !known.has(name));
    if (unknown) throw new Error(`--${flag}-admission-plugins: there is no plugin ${JSON.stringify(unknown)}`);
  }
  const both = enabled.find((name) => disabled.includes(name));
  if (both) throw new Error(`${both} is in --enable-admission-plugins and in --disable-admission-plugins`);
  // Kubernetes has these in the storage of their kinds, where no flag reaches them.
  return [...all.filter(({ name }) => !disabled.includes(name)), rbacEscalation, paramPermission];
}
