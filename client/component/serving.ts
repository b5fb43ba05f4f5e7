/**
 * Health and metrics of a process that has no API of its own: the flags of Kubernetes' secure serving, and the server.
 * Upstream: apiserver/pkg/server/options/serving.go. Left out: making a certificate where none is given: then it is HTTP.
 */
import type { FlagTable, FlagValues } from './flags.ts';
import { type Checks, type Closer, serveHealth } from './health.ts';

/** `port` is the component's own. */
export const servingFlags = (port: number) =>
  ({
    'secure-port': { type: 'int', default: String(port), help: 'Port of health and metrics; 0 turns them off.' },
    'bind-address': { type: 'string', default: '127.0.0.1', help: 'Address of health and metrics.' },
    'tls-cert-file': { type: 'string', help: 'Certificate (PEM). Without it health and metrics are plain HTTP.' },
    'tls-private-key-file': { type: 'string', help: 'Private key (PEM) of the certificate.' },
  }) as const satisfies FlagTable;

export type ServingFlags = FlagValues<ReturnType<typeof servingFlags>>;

/** Listens where the flags say. */
export function serve(flags: ServingFlags, checks: Checks): Promise<Closer> {
  const certFile = flags['tls-cert-file'];
  const keyFile = flags['tls-private-key-file'];
  if (!certFile !== !keyFile) throw new Error('--tls-cert-file and --tls-private-key-file must be given together');
  return serveHealth({ host: flags['bind-address'], port: flags['secure-port'], checks, certFile, keyFile });
}
