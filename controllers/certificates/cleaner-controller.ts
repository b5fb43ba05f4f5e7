/**
 * certificatesigningrequest-cleaner-controller: removes requests that have been answered, or that nobody will answer.
 *
 * Upstream: pkg/controller/certificates/cleaner
 */
import { X509Certificate } from 'node:crypto';
import { ApiError } from '../../api/errors.ts';
import { certificatesigningrequests } from '../../api/kinds/certificatesigningrequests.ts';
import type { CertificateSigningRequest } from '../../api/types.ts';
import type { Outcome } from '../../client/controller.ts';
import type { Context, Run } from '../context.ts';
import { forEachRequest } from './for-each-request.ts';

const name = 'certificatesigningrequest-cleaner-controller';
const hourMs = 3_600_000;
/** How long a request stays after it has been answered, and how long it may wait for an answer. */
const keepMs = { issued: hourMs, denied: hourMs, failed: hourMs, pending: 24 * hourMs };

/** When the request goes, in milliseconds since the epoch; undefined when nothing says so. Pure. */
export function planCleaning({ metadata, status }: CertificateSigningRequest): number | undefined {
  const since = (type: string): number | undefined => {
    const condition = status?.conditions?.find((c) => c.type === type);
    return condition?.lastUpdateTime === undefined ? undefined : Date.parse(condition.lastUpdateTime);
  };
  const after = (start: number | undefined, ms: number): number[] => (start === undefined ? [] : [start + ms]);
  const times = [
    ...(status?.certificate ? after(since('Approved'), keepMs.issued) : []),
    ...(status?.certificate ? after(endOf(status.certificate), 0) : []),
    ...after(since('Denied'), keepMs.denied),
    ...after(since('Failed'), keepMs.failed),
    ...(status?.conditions?.length ? [] : after(Date.parse(metadata.creationTimestamp ?? ''), keepMs.pending)),
  ];
  return times.length > 0 ? Math.min(...times) : undefined;
}

function endOf(certificate: string): number | undefined {
  try {
    return Date.parse(new X509Certificate(Buffer.from(certificate, 'base64')).validTo);
  } catch {
    // A signer of somebody else has written what only it can read; the time since the approval decides.
    return undefined;
  }
}

export function cleanerController(context: Context): Run {
  const { client, now } = context;
  const reconcile = async (request: CertificateSigningRequest): Promise<Outcome> => {
    const at = planCleaning(request);
    if (at === undefined) return;
    if (at > now()) return { requeueAfterMs: Math.min(at - now(), keepMs.pending) };
    const { name: key = '', uid } = request.metadata;
    try {
      await client.of(certificatesigningrequests).delete(key, undefined, { preconditions: { uid } });
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === 'NotFound')) throw error;
    }
  };
  return forEachRequest(context, { name, workers: 1, reconcile });
}
