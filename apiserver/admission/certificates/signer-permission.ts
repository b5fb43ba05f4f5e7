/**
 * Whether a user may approve, or sign, what is meant for a signer: the verb on the resource `signers`, of the signer's name or of
 * all of its domain (`example.com/*`).
 *
 * Upstream: pkg/apis/certificates/helpers.go, plugin/pkg/admission/certificates/util.go
 */
import { forbidden } from '../../../api/errors.ts';
import type { CertificateSigningRequest } from '../../../api/types.ts';
import type { Admission } from '../plugin.ts';

/** Whether it is about a request for a certificate, in that way. */
export const isAboutRequest = (
  { operation, resource: { kind }, subresource }: Admission,
  way: { operation: Admission['operation']; subresource: string },
): boolean =>
  kind.plural === 'certificatesigningrequests' &&
  kind.group === 'certificates.k8s.io' &&
  operation === way.operation &&
  subresource === way.subresource;

/** Throws a 403 for a user who may not do that for the signer of the stored request. */
export function requireSignerPermission(admission: Admission, verb: 'approve' | 'sign'): void {
  const { old, resource, name, served, options } = admission;
  const { signerName } = (old as CertificateSigningRequest).spec;
  const domain = signerName.split('/', 1)[0]!;
  const allowed = [signerName, `${domain}/*`].some(
    (signer) =>
      served.authorizer.decide(options.user, {
        isResource: true,
        path: '',
        verb,
        group: 'certificates.k8s.io',
        version: '*',
        resource: 'signers',
        subresource: '',
        namespace: '',
        name: signer,
      }).allowed,
  );
  if (allowed) return;
  throw forbidden(
    resource.kind,
    name,
    `user not permitted to ${verb} requests with signerName ${JSON.stringify(signerName)}`,
  );
}
