/**
 * Encryption as a file says, and as it says later: the file is read again when it changes, where that is asked for. A file that has
 * become wrong is reported, and what was right before stays in force.
 *
 * Upstream: apiserver/pkg/server/options/encryptionconfig/{config.go,controller/controller.go}
 */
import { readFileSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Logger } from '../../../client/component/log.ts';
import type { TransformerOf } from '../transformer.ts';
import { readEncryptionConfiguration } from './configuration.ts';
import { countReload } from './metrics.ts';
import { transformersOf } from './transformers.ts';

/** Where changes of a file cannot be seen at once, as on a network's file system, it is looked at that often. */
const pollMs = 60_000;
/** A file is often written in several steps. */
const settleMs = 50;

export class Encryption {
  readonly #path: string;
  readonly #logger: Logger;
  #text: string;
  #current: TransformerOf;

  private constructor(path: string, logger: Logger, text: string, current: TransformerOf) {
    this.#path = path;
    this.#logger = logger;
    this.#text = text;
    this.#current = current;
  }

  /** Throws for a file that is wrong. */
  static async load(path: string, logger: Logger): Promise<Encryption> {
    try {
      const text = readFileSync(path, 'utf8');
      return new Encryption(path, logger, text, await transformersOf(readEncryptionConfiguration(text)));
    } catch (error) {
      throw new Error(`--encryption-provider-config ${path}: ${(error as Error).message}`);
    }
  }

  /** What is in force. */
  readonly transformerOf: TransformerOf = (group, plural) => this.#current(group, plural);

  /** Follows the file until the signal aborts; `changed` is called when another configuration has come into force. */
  follow(signal: AbortSignal, changed: () => Promise<void>): void {
    let settling: NodeJS.Timeout | undefined;
    const look = (): void => {
      clearTimeout(settling);
      settling = setTimeout(() => void this.#reload(changed), settleMs);
    };
    const polling = setInterval(look, pollMs).unref();
    // The directory, because a file is mostly replaced by another one, or by another link.
    const watching = watch(dirname(this.#path), { signal, persistent: false }, (_event, file) => {
      if (file === null || file === basename(this.#path) || file.startsWith('..')) look();
    });
    watching.on('error', (error) =>
      this.#logger.warn({ err: error }, 'Cannot follow the directory of the encryption configuration'),
    );
    signal.addEventListener('abort', () => {
      clearInterval(polling);
      clearTimeout(settling);
    });
  }

  async #reload(changed: () => Promise<void>): Promise<void> {
    const file = this.#path;
    try {
      const text = readFileSync(file, 'utf8');
      if (text === this.#text) return;
      this.#current = await transformersOf(readEncryptionConfiguration(text));
      this.#text = text;
      countReload('success');
      this.#logger.info({ file }, 'Loaded a new encryption configuration');
      await changed();
    } catch (error) {
      countReload('failure');
      this.#logger.error({ err: error, file }, 'The encryption configuration stays as it was: cannot load the new one');
    }
  }
}
