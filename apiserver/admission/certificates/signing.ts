/**
 * CertificateSigning: who puts a certificate, or a verdict, into the status of a request must be allowed to for its signer.
 *
 * Upstream: plugin/pkg/admission/certificates/signing
 */
import { isEqual } from '../../../api/patch/json.ts';
import type { CertificateSigningRequest } from '../../../api/types.ts';
import type { AdmissionPlugin } from '../plugin.ts';
import { isAboutRequest, requireSignerPermission } from './signer-permission.ts';

export const certificateSigning: AdmissionPlugin = {
  name: 'CertificateSigning',
  validate(admission) {
    if (!isAboutRequest(admission, { operation: 'update', subresource: 'status' })) return;
    const [before, after] = [admission.old, admission.object].map(
      (request) => (request as CertificateSigningRequest).status ?? {},
    );
    const same =
      before!.certificate === after!.certificate && isEqual(before!.conditions ?? [], after!.conditions ?? []);
    if (!same) requireSignerPermission(admission, 'sign');
  },
};
