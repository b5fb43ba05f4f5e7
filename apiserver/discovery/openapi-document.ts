/**
 * A large document that is made when somebody first asks for it. Kept compressed, which takes a tenth of its size and is what
 * nearly all clients want; the others get it unpacked each time.
 *
 * Upstream: kube-openapi/pkg/cached
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Answer, Call } from '../request/call.ts';
import { acceptsGzip } from './accept.ts';
import { unlessKept } from './conditional.ts';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

export class OpenApiDocument {
  readonly #contentType: string;
  readonly #make: () => Promise<Buffer | string>;
  #made: Promise<{ compressed: Buffer; hash: string }> | undefined;

  constructor(contentType: string, make: () => Promise<Buffer | string>) {
    this.#contentType = contentType;
    this.#make = make;
  }

  /** SHA-512 of its bytes. Whoever changes the document changes it. */
  async hash(): Promise<string> {
    return (await this.#content()).hash;
  }

  /** The answer to a call that accepts its content type. */
  async answer(call: Call): Promise<Answer> {
    const { compressed, hash } = await this.#content();
    const zipped = acceptsGzip(call.headers['accept-encoding']);
    const answer = {
      status: 200,
      contentType: this.#contentType,
      body: compressed,
      headers: {
        etag: `"${hash}"`,
        vary: 'Accept, Accept-Encoding',
        ...(zipped && { 'content-encoding': 'gzip' }),
      },
    };
    const kept = unlessKept(call.headers, answer);
    return zipped || kept.status === 304 ? kept : { ...answer, body: await decompress(compressed) };
  }

  #content(): Promise<{ compressed: Buffer; hash: string }> {
    this.#made ??= this.#build();
    // One failure must not stay the answer for ever.
    this.#made.catch(() => {
      this.#made = undefined;
    });
    return this.#made;
  }

  async #build(): Promise<{ compressed: Buffer; hash: string }> {
    const bytes = await this.#make();
    const hash = createHash('sha512').update(bytes).digest('hex').toUpperCase();
    return { compressed: await compress(bytes), hash };
  }
}
