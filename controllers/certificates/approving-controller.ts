/**
 * certificatesigningrequest-approving-controller: approves the requests of kubelets for their client certificates, when who asks
 * may ask: for any node (a machine that joins, with its bootstrap token), or for the node that it is already.
 *
 * Upstream: pkg/controller/certificates/approver
 */
import { certificatesigningrequests } from '../../api/kinds/certificatesigningrequests.ts';
import { subjectaccessreviews } from '../../api/kinds/subjectaccessreviews.ts';
import { conditionOf } from '../../api/meta.ts';
import type { CertificateSigningRequest } from '../../api/types.ts';
import type { Outcome } from '../../client/controller.ts';
import type { RestClient } from '../../client/rest.ts';
import type { Context, Run } from '../context.ts';
import { forEachRequest } from './for-each-request.ts';
import { kubeletClientError, kubeletClientSigner, type RequestedCertificate } from './kubelet-requests.ts';
import { readRequest } from './read-request.ts';

const name = 'certificatesigningrequest-approving-controller';
/** Who may not have it approved now may be allowed to later. */
const retryMs = 60_000;

interface Recognizer {
  /** What the requester must be allowed to create. */
  subresource: string;
  message: string;
  recognizes(request: CertificateSigningRequest, wanted: RequestedCertificate): boolean;
}

const isNodeClient: Recognizer['recognizes'] = (_, wanted) =>
  wanted.signerName === kubeletClientSigner && kubeletClientError(wanted) === undefined;

/** In the order in which they are tried. */
export const recognizers: readonly Recognizer[] = [
  {
    subresource: 'selfnodeclient',
    message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
    recognizes: (request, wanted) => isNodeClient(request, wanted) && request.spec.username === wanted.commonNames[0],
  },
  {
    subresource: 'nodeclient',
    message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
    recognizes: isNodeClient,
  },
];

const isUndecided = ({ spec, status }: CertificateSigningRequest): boolean =>
  spec.signerName === kubeletClientSigner &&
  !status?.certificate &&
  !conditionOf(status?.conditions, 'Approved') &&
  !conditionOf(status?.conditions, 'Denied');

export function approvingController(context: Context): Run {
  const { client, logger, flags } = context;
  const reconcile = async (request: CertificateSigningRequest): Promise<Outcome> => {
    if (!isUndecided(request)) return;
    const key = request.metadata.name!;
    const { wanted } = await readRequest(request);
    const known = recognizers.filter((recognizer) => recognizer.recognizes(request, wanted));
    for (const { subresource, message } of known) {
      if (!(await mayCreate(client, request, subresource))) continue;
      await approve(client, request, message);
      logger.info({ request: key, requester: request.spec.username }, message);
      return;
    }
    if (known.length === 0) return;
    const tried = known.map(({ subresource }) => subresource).join(' ');
    logger.info({ request: key }, `recognized csr "${key}" as [${tried}] but subject access review was not approved`);
    return { requeueAfterMs: retryMs };
  };
  return forEachRequest(context, { name, workers: flags['concurrent-certificate-syncs'], reconcile });
}

/** Whether who made the request may have such ones approved. */
async function mayCreate(client: RestClient, { spec }: CertificateSigningRequest, subresource: string) {
  const { username: user = '', uid, groups, extra } = spec;
  const resourceAttributes = {
    group: 'certificates.k8s.io',
    resource: 'certificatesigningrequests',
    version: '*',
    verb: 'create',
    subresource,
  };
  const asked = { user, ...(uid && { uid }), ...(groups && { groups }), ...(extra && { extra }), resourceAttributes };
  const review = await client.of(subjectaccessreviews).create({ metadata: {}, spec: asked });
  return review.status?.allowed ?? false;
}

async function approve(client: RestClient, request: CertificateSigningRequest, message: string): Promise<void> {
  const approved = { type: 'Approved', status: 'True', reason: 'AutoApproved', message };
  const { status = {}, metadata } = request;
  const conditions = [...(status.conditions ?? []), approved];
  await client.json({
    method: 'PUT',
    path: client.of(certificatesigningrequests).path(undefined, metadata.name, 'approval'),
    body: { ...request, status: { ...status, conditions } },
  });
}
