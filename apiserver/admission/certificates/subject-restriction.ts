/**
 * CertificateSubjectRestriction: nobody asks the signer of API clients for a certificate in the group that may do everything.
 *
 * Upstream: plugin/pkg/admission/certificates/subjectrestriction
 */
import { subjectOf } from '../../../api/certificate-request.ts';
import { forbidden } from '../../../api/errors.ts';
import type { CertificateSigningRequest } from '../../../api/types.ts';
import type { AdmissionPlugin } from '../plugin.ts';
import { isAboutRequest } from './signer-permission.ts';

const signer = 'kubernetes.io/kube-apiserver-client';
const restricted = 'system:masters';

export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  validate(admission) {
    if (!isAboutRequest(admission, { operation: 'create', subresource: '' })) return;
    const { spec } = admission.object as CertificateSigningRequest;
    if (spec.signerName !== signer) return;
    const why = restrictionOf(spec.request);
    if (why) throw forbidden(admission.resource.kind, admission.name, why);
  },
};

function restrictionOf(request: string): string | undefined {
  try {
    if (!subjectOf(request).organizations.includes(restricted)) return undefined;
    return `use of ${signer} signer with ${restricted} group is not allowed`;
  } catch (error) {
    return `failed to parse CSR: ${(error as Error).message}`;
  }
}
