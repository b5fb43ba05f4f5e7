/**
 * The admission plugins, in the order in which they run.
 *
 * Upstream: pkg/kubeapiserver/options/plugins.go
 */
import { type AllocationRanges, serviceAllocation } from '../allocation/service-allocation.ts';
import { definitionNames } from '../crd/definition-names.ts';
import type { Storage } from '../storage/storage.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import type { AdmissionPlugin } from './plugin.ts';
import { serviceAccount } from './service-account.ts';

export const admissionPlugins = (
  ranges: AllocationRanges,
  storage: Pick<Storage, 'get'>,
): readonly AdmissionPlugin[] => [
  namespaceLifecycle,
  serviceAccount,
  defaultTolerationSeconds,
  serviceAllocation(ranges, storage),
  definitionNames(storage),
];
