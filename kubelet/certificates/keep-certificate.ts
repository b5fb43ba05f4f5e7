/**
 * Keeps a certificate current: asks for the first one, and for the next before it ends.
 *
 * Upstream: client-go/util/certificate/certificate_manager.go
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../client/component/log.ts';
import type { CertificateAndKey, CertificateFile } from './certificate-file.ts';
import { rotationDeadline } from './rotation.ts';

export interface KeptCertificate {
  file: CertificateFile;
  /** Gets a new one. */
  request(signal: AbortSignal): Promise<CertificateAndKey>;
  /** Called with each new one, once it is stored. */
  use(certificate: CertificateAndKey): void;
  logger: Logger;
}

const retry = { baseMs: 2_000, maxMs: 60_000 };
/** Timers cannot wait for longer than some weeks. */
const maxWaitMs = 24 * 3_600_000;

/** Runs until the signal aborts. */
export async function keepCertificate(
  { file, request, use, logger }: KeptCertificate,
  signal: AbortSignal,
): Promise<void> {
  let delayMs = retry.baseMs;
  while (!signal.aborted) {
    const current = file.read();
    const deadline = current ? rotationDeadline(current.since, current.expires, Math.random()) : 0;
    await waitUntil(deadline, signal);
    if (signal.aborted) return;
    try {
      const next = await request(signal);
      file.write(next);
      use(next);
      logger.info({ file: file.path }, 'The certificate has been replaced');
      delayMs = retry.baseMs;
    } catch (error) {
      if (signal.aborted) return;
      logger.error({ err: error, file: file.path }, 'No new certificate, will retry');
      await sleep(delayMs, undefined, { signal }).catch(() => undefined);
      delayMs = Math.min(delayMs * 2, retry.maxMs);
    }
  }
}

async function waitUntil(deadline: number, signal: AbortSignal): Promise<void> {
  for (let left = deadline - Date.now(); left > 0 && !signal.aborted; left = deadline - Date.now())
    await sleep(Math.min(left, maxWaitMs), undefined, { signal }).catch(() => undefined);
}
