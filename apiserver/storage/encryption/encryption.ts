/**
 * Encryption as a file says, and as it says later: the file is read again when it changes, where that is asked for. A file that has
 * become wrong is reported, and what was right before stays in force.
 *
 * Upstream: apiserver/pkg/server/options/encryptionconfig/{config.go,controller/controller.go}
 */
import { readFileSync } from 'node:fs';
import type { Logger } from '../../../client/component/log.ts';
import { followFile } from '../../configuration-file/follow.ts';
import type { TransformerOf } from '../transformer.ts';
import { readEncryptionConfiguration } from './configuration.ts';
import { countReload } from './metrics.ts';
import { transformersOf } from './transformers.ts';

export class Encryption {
  readonly #path: string;
  readonly #logger: Logger;
  /** As it was at the start. */
  readonly #text: string;
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
    const load = async (text: string): Promise<void> => {
      try {
        this.#current = await transformersOf(readEncryptionConfiguration(text));
        countReload('success');
      } catch (error) {
        countReload('failure');
        throw error;
      }
      await changed();
    };
    followFile({ path: this.#path, text: this.#text, load, signal, logger: this.#logger });
  }
}
