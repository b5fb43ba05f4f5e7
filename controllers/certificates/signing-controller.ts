/**
 * certificatesigningrequest-signing-controller: gives the approved requests of Kubernetes' own signers their certificates.
 *
 * Upstream: pkg/controller/certificates/signer. Left out: a CA for each signer.
 */
import { certificatesigningrequests } from '../../api/kinds/certificatesigningrequests.ts';
import { isConditionTrue, rfc3339 } from '../../api/meta.ts';
import type { CertificateSigningRequest } from '../../api/types.ts';
import type { Context, Run } from '../context.ts';
import { forEachRequest } from './for-each-request.ts';
import {
  isClientOnly,
  kubeletClientError,
  kubeletClientSigner,
  kubeletServingError,
  type RequestedCertificate,
} from './kubelet-requests.ts';
import { readRequest } from './read-request.ts';
import { durationOf, sign } from './sign.ts';

const name = 'certificatesigningrequest-signing-controller';

/** What a signer says to a request: nothing is for it to sign, `false` is not its business, a text is why it will not. */
type Verdict = string | false | undefined;

const signers = new Map<string, (wanted: RequestedCertificate) => Verdict>([
  ['kubernetes.io/kube-apiserver-client', (wanted) => (isClientOnly(wanted) ? undefined : false)],
  [kubeletClientSigner, kubeletClientError],
  ['kubernetes.io/kubelet-serving', kubeletServingError],
  ['kubernetes.io/legacy-unknown', () => undefined],
]);

/** Whether somebody waits for a certificate. */
export const awaitsCertificate = ({ spec, status }: CertificateSigningRequest): boolean =>
  signers.has(spec.signerName) &&
  isConditionTrue(status?.conditions, 'Approved') &&
  !isConditionTrue(status?.conditions, 'Denied') &&
  !isConditionTrue(status?.conditions, 'Failed') &&
  !status?.certificate;

export function signingController(context: Context): Run | undefined {
  const { client, logger, flags, now } = context;
  const { 'cluster-signing-cert-file': certFile, 'cluster-signing-key-file': keyFile } = flags;
  if (!certFile || !keyFile) return undefined;
  const reconcile = async (request: CertificateSigningRequest): Promise<void> => {
    if (!awaitsCertificate(request)) return;
    const read = await readRequest(request);
    const verdict = signers.get(request.spec.signerName)!(read.wanted);
    if (verdict === false) return;
    const status = request.status ?? {};
    if (verdict !== undefined) {
      const time = rfc3339(new Date(now()));
      const failed = { type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message: verdict };
      const conditions = [...(status.conditions ?? []), { ...failed, lastUpdateTime: time }];
      await client.of(certificatesigningrequests).updateStatus({ ...request, status: { ...status, conditions } });
      return;
    }
    const duration = durationOf(flags['cluster-signing-duration'], request.spec.expirationSeconds);
    const pem = await sign({ certFile, keyFile }, read, duration, now());
    const certificate = Buffer.from(pem).toString('base64');
    await client.of(certificatesigningrequests).updateStatus({ ...request, status: { ...status, certificate } });
    logger.info({ request: request.metadata.name, signer: request.spec.signerName }, 'Signed a certificate');
  };
  return forEachRequest(context, { name, workers: flags['concurrent-certificate-syncs'], reconcile });
}
