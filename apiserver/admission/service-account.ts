/**
 * ServiceAccount: a pod runs as an account of its namespace, which must exist: `default` if it names none. Its containers get
 * the account's token, and it pulls its images with the account's secrets. Accounts may limit which secrets their pods use.
 *
 * Upstream: plugin/pkg/admission/serviceaccount
 */
import { type ApiError, forbidden, notFound } from '../../api/errors.ts';
import { secretNamesOf } from '../../api/pod-references.ts';
import { isMirrorPod } from '../../api/pods.ts';
import type { Pod, ServiceAccount } from '../../api/types.ts';
import { findServiceAccount } from './find-service-account.ts';
import { mountToken, wantsToken } from './mount-token.ts';
import { enforcesMountableSecrets, secretNotMountable } from './mountable-secrets.ts';
import type { Admission, AdmissionPlugin } from './plugin.ts';

const defaultAccount = 'default';

export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  mutate(admission) {
    if (!isPod(admission) || admission.subresource !== '' || admission.operation !== 'create') return;
    const pod = admission.object as Pod;
    const { spec } = pod;
    if (!spec || isMirrorPod(pod)) return;
    spec.serviceAccountName ||= defaultAccount;
    spec.serviceAccount = spec.serviceAccountName;
    return withAccount(admission, spec.serviceAccountName, (account) => {
      if (wantsToken(spec, account)) mountToken(spec);
      const pullSecrets = account.imagePullSecrets ?? [];
      if (!spec.imagePullSecrets?.length && pullSecrets.length > 0) {
        spec.imagePullSecrets = pullSecrets.map(({ name = '' }) => ({ name }));
      }
    });
  },
  validate(admission) {
    if (!isPod(admission)) return;
    const { operation, subresource } = admission;
    const pod = admission.object as Pod;
    const ephemeral = operation === 'update' && subresource === 'ephemeralcontainers';
    if (!ephemeral && !(operation === 'create' && subresource === '')) return;
    if (!ephemeral && isMirrorPod(pod)) return refuseReferences(admission, pod);
    const name = pod.spec?.serviceAccountName;
    if (!name)
      throw refused(admission, `no service account specified for pod ${admission.namespace}/${admission.name}`);
    return withAccount(admission, name, (account) => {
      if (!enforcesMountableSecrets(account)) return;
      const why = secretNotMountable(pod.spec!, account, ephemeral);
      if (why) throw refused(admission, why);
    });
  },
};

const isPod = ({ resource: { kind }, kind: { kind: sent } }: Admission): boolean =>
  kind.plural === 'pods' && kind.group === '' && sent === 'Pod';

const refused = ({ resource: { kind }, name }: Admission, why: string): ApiError => forbidden(kind, name, why);

/** Goes on with the account, at once where it is known. Throws, or rejects with, a 403 when there is none of that name. */
function withAccount(
  admission: Admission,
  name: string,
  next: (account: ServiceAccount) => void,
): Promise<void> | undefined {
  const { served, namespace } = admission;
  const use = (account: ServiceAccount | undefined): void => {
    if (!account) {
      const { message } = notFound({ group: '', plural: 'serviceaccount' }, name);
      throw refused(admission, `error looking up service account ${namespace}/${name}: ${message}`);
    }
    next(account);
  };
  // The controller may be making it at this very moment.
  const found = findServiceAccount(served, namespace, name, { wait: name === defaultAccount });
  if (found instanceof Promise) return found.then(use);
  use(found);
  return undefined;
}

/** No account stands behind a mirror pod, so it may have nothing that an account would answer for. */
function refuseReferences(admission: Admission, pod: Pod): void {
  if (pod.spec?.serviceAccountName) throw refused(admission, 'a mirror pod may not reference service accounts');
  if (secretNamesOf(pod).length > 0) throw refused(admission, 'a mirror pod may not reference secrets');
  const sources = (pod.spec?.volumes ?? []).flatMap(({ projected }) => projected?.sources ?? []);
  if (sources.some(({ serviceAccountToken }) => serviceAccountToken)) {
    throw refused(admission, 'a mirror pod may not use ServiceAccountToken volume projections');
  }
}
