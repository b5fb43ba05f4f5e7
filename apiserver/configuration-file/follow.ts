/**
 * A file that configures the server, as it is later: it is read again when it has changed. What is made of it is the caller's to
 * put into force; a text that is refused is reported, and what was right before stays.
 *
 * Upstream: apiserver/pkg/util/filesystem (WatchUntil)
 */
import { readFileSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Logger } from '../../client/component/log.ts';

/** Where changes of a file cannot be seen at once, as on a network's file system, it is looked at that often. */
const pollMs = 60_000;
/** A file is often written in several steps. */
const settleMs = 50;

export interface Followed {
  path: string;
  /** What has been read of it already. */
  text: string;
  /** Puts another text into force. Throws, or rejects, when it is wrong. */
  load(text: string): void | Promise<void>;
  signal: AbortSignal;
  logger: Logger;
}

/** Follows the file until the signal aborts. */
export function followFile({ path, text, load, signal, logger }: Followed): void {
  let current = text;
  const reload = async (): Promise<void> => {
    try {
      const found = readFileSync(path, 'utf8');
      if (found === current) return;
      current = found;
      await load(found);
      logger.info({ file: path }, 'Loaded a configuration that has changed');
    } catch (error) {
      logger.error({ err: error, file: path }, 'A configuration has changed and cannot be loaded: it stays as it was');
    }
  };
  let settling: NodeJS.Timeout | undefined;
  let loading = Promise.resolve();
  const look = (): void => {
    clearTimeout(settling);
    settling = setTimeout(() => {
      loading = loading.then(reload);
    }, settleMs);
  };
  const polling = setInterval(look, pollMs).unref();
  // The directory, because a file is mostly replaced by another one, or by another link.
  const watching = watch(dirname(path), { signal, persistent: false }, (_event, file) => {
    if (file === null || file === basename(path) || file.startsWith('..')) look();
  });
  watching.on('error', (error) => logger.warn({ err: error, file: path }, 'Cannot follow the directory of a file'));
  signal.addEventListener('abort', () => {
    clearInterval(polling);
    clearTimeout(settling);
  });
}
