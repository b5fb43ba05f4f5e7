/**
 * What a container said last: the text it left at its `terminationMessagePath`, or the end of its log when the pod asks
 * for that and it failed.
 *
 * Upstream: pkg/kubelet/kuberuntime/kuberuntime_container.go (getTerminationMessage)
 */
import { open } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { terminationMessagePolicyAnnotation } from '../runtime/labels.ts';
import type { Runtime, RuntimeContainerStatus } from '../runtime/runtime.ts';
import { terminationMessageFile } from './container-config.ts';

const maxBytes = 4096;
const maxLogBytes = 2048;
const maxLogLines = 80;

/** The message of an attempt that ended; empty when it left none. */
export async function terminationMessage(
  runtime: Runtime,
  status: RuntimeContainerStatus,
  podDirectory: string,
): Promise<string> {
  const text = await readStart(
    terminationMessageFile(podDirectory, status.metadata.name, status.metadata.attempt),
    maxBytes,
  );
  if (text) return text;
  const fallBack = status.annotations[terminationMessagePolicyAnnotation] === 'FallbackToLogsOnError';
  return fallBack && status.exitCode !== 0 ? readLogEnd(runtime, status.id) : '';
}

async function readStart(path: string, bytes: number): Promise<string> {
  const file = await open(path).catch(() => undefined);
  if (!file) return '';
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(bytes), position: 0 });
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

async function readLogEnd(runtime: Runtime, id: string): Promise<string> {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  const signal = AbortSignal.timeout(10_000);
  await runtime.logs(id, { follow: false, timestamps: false, tail: maxLogLines, stdout: sink, stderr: sink, signal });
  return Buffer.concat(chunks).subarray(-maxLogBytes).toString();
}
