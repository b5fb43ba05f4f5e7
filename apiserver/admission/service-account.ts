/**
 * ServiceAccount: a pod that names none runs as its namespace's `default`.
 *
 * Upstream: plugin/pkg/admission/serviceaccount. Left out until tokens are issued: that the account exists, and the
 * volume with its token.
 */
import type { Pod } from '../../api/types.ts';
import { isPodWrite } from './is-pod-write.ts';
import type { AdmissionPlugin } from './plugin.ts';

export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  mutate(admission) {
    if (!isPodWrite(admission) || admission.operation !== 'create') return;
    const { spec } = admission.object as Pod;
    if (!spec) return;
    spec.serviceAccountName ||= 'default';
    spec.serviceAccount = spec.serviceAccountName;
  },
};
