/**
 * CertificateApproval: who approves or denies a request must be allowed to for its signer.
 *
 * Upstream: plugin/pkg/admission/certificates/approval
 */
import type { AdmissionPlugin } from '../plugin.ts';
import { isAboutRequest, requireSignerPermission } from './signer-permission.ts';

export const certificateApproval: AdmissionPlugin = {
  name: 'CertificateApproval',
  validate(admission) {
    if (isAboutRequest(admission, { operation: 'update', subresource: 'approval' }))
      requireSignerPermission(admission, 'approve');
  },
};
