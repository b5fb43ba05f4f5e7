/**
 * How a command ended, as it goes over the error stream: since version 4 of the protocol a Status, before that a text in case of
 * a failure and nothing otherwise.
 *
 * Upstream: kubelet/pkg/cri/streaming/remotecommand/{exec.go,httpstream.go}
 */
import type { Status } from '../../api/types.ts';

/** What of a Status goes over the wire. */
export type CommandStatus = Partial<Status>;

/** The outcome of a command that ended with that code. */
export const exitStatus = (code: number): CommandStatus =>
  code === 0
    ? { metadata: {}, status: 'Success' }
    : {
        metadata: {},
        status: 'Failure',
        message: `command terminated with non-zero exit code: exit status ${code}`,
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
      };

/** The outcome of a command that could not be run. */
export const failureStatus = (message: string): CommandStatus => ({
  metadata: {},
  status: 'Failure',
  message: `Internal error occurred: ${message}`,
  reason: 'InternalError',
  details: { causes: [{ message }] },
  code: 500,
});

/** The bytes of an outcome in a protocol; undefined when nothing is to be said. */
export function encodeStatus(status: CommandStatus, protocol: string): Buffer | undefined {
  if (/^v[45]\./.test(protocol)) return Buffer.from(JSON.stringify(status));
  return status.status === 'Success' ? undefined : Buffer.from(status.message ?? '');
}
