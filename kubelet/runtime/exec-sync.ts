/** Runs a command in a container to its end and collects what it wrote; what probes and lifecycle hooks use. */
import { Writable } from 'node:stream';
import type { Runtime } from './runtime.ts';
import { RuntimeError } from './runtime.ts';

export interface ExecResult {
  exitCode: number;
  /** Standard output and error as they came, cut off at `outputLimit`. */
  output: string;
}

const outputLimit = 10 * 1024;

/** Rejects with a `RuntimeError` when the command takes longer than `timeoutMs`, or when `signal` aborts. */
export async function execSync(
  runtime: Runtime,
  containerId: string,
  command: string[],
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<ExecResult> {
  const chunks: Buffer[] = [];
  let size = 0;
  const collect = () =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        if (size < outputLimit) chunks.push(chunk.subarray(0, outputLimit - size));
        size += chunk.length;
        done();
      },
    });
  const timeout = AbortSignal.timeout(timeoutMs);
  const abort = signal ? AbortSignal.any([timeout, signal]) : timeout;
  try {
    const exitCode = await runtime.exec(containerId, command, {
      stdout: collect(),
      stderr: collect(),
      tty: false,
      signal: abort,
    });
    return { exitCode, output: Buffer.concat(chunks).toString() };
  } catch (error) {
    if (timeout.aborted)
      throw new RuntimeError('Unknown', `command timed out: ${command.join(' ')} timed out after ${timeoutMs / 1000}s`);
    throw error;
  }
}
