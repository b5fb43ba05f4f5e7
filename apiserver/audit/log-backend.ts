/**
 * The log: a file, or the standard output, with an event in each line.
 *
 * - `blocking`: an event is written before its request goes on; one that cannot be written is counted and reported, and the
 *   request goes on.
 * - `blocking-strict`: as that, but a request whose first event cannot be written is refused.
 * - `batch`: events are written together a little later; what comes while the buffer is full is dropped and counted. A process
 *   that is killed takes with it what it had in the buffer.
 *
 * Upstream: apiserver/plugin/pkg/audit/log/backend.go, options/audit.go
 */
import { writeSync } from 'node:fs';
import type { Logger } from '../../client/component/log.ts';
import type { Backend } from './backend.ts';
import { Buffered, type BufferOptions } from './buffered.ts';
import { countErrors } from './metrics.ts';

export type Mode = 'batch' | 'blocking' | 'blocking-strict';

/** Where lines go. */
export interface Lines {
  write(text: string): void;
  close(): Promise<void>;
}

/** The standard output, which somebody else must keep reading. */
export const standardOutput: Lines = {
  write(text) {
    const bytes = Buffer.from(text);
    for (let written = 0; written < bytes.length; ) written += writeSync(1, bytes, written);
  },
  close: async () => undefined,
};

export interface LogBackendOptions {
  lines: Lines;
  mode: Mode;
  /** For `batch`. */
  buffer: BufferOptions;
  logger: Logger;
}

export function logBackend({ lines, mode, buffer, logger }: LogBackendOptions): Backend {
  let failing = false;
  const write = (texts: readonly string[]): boolean => {
    try {
      lines.write(`${texts.join('\n')}\n`);
      failing = false;
      return true;
    } catch (error) {
      countErrors('log', texts.length);
      // A full disk would fill it with what cannot be written to it.
      if (!failing) logger.error({ err: error }, 'Cannot write to the audit log');
      failing = true;
      return false;
    }
  };
  if (mode !== 'batch') {
    return {
      take: (_event, json) => write([json]) || mode === 'blocking',
      close: () => lines.close(),
    };
  }
  const buffered = new Buffered(buffer, 'log', async (texts) => void write(texts), logger);
  return {
    take: (_event, json) => buffered.add(json),
    async close() {
      await buffered.close();
      await lines.close();
    },
  };
}
