/**
 * Serving OpenAPI v3: an index with a document for each group version, each addressed by the hash of its content, so that
 * clients keep what they have. The documents are made when the first client asks.
 *
 * Upstream: kube-openapi/pkg/handler3. Version 2 is not served: clients that know version 3 do without.
 */
import { createHash } from 'node:crypto';
import type { AnyKind } from '../../api/kinds/all.ts';
import type { Answer, Call } from '../request/call.ts';
import { json } from '../request/call.ts';
import { groupVersions } from './groups.ts';

const root = '/openapi/v3';

export class OpenApi {
  readonly #kinds: readonly AnyKind[];
  /** By path below the root: `apis/apps/v1`. */
  #documents: Promise<Map<string, Buffer>> | undefined;

  constructor(kinds: readonly AnyKind[]) {
    this.#kinds = kinds;
  }

  /** The answer for a path below `/openapi/v3`; undefined for any other. */
  async answer(call: Call): Promise<Answer | undefined> {
    const { path } = call.info;
    if (path !== root && !path.startsWith(`${root}/`)) return undefined;
    this.#documents ??= buildAll(this.#kinds);
    const documents = await this.#documents;
    if (path === root) {
      const { openApiIndex } = await import('../../api/openapi.ts');
      return json(200, openApiIndex(documents));
    }
    const document = documents.get(path.slice(root.length + 1));
    return document && answer(call, document);
  }
}

async function buildAll(kinds: readonly AnyKind[]): Promise<Map<string, Buffer>> {
  // Needs the descriptions of all fields, which are large and which nobody else needs.
  const { buildOpenApiV3, pathOfGroupVersion } = await import('../../api/openapi.ts');
  return new Map(
    groupVersions(kinds).map((gv) => [pathOfGroupVersion(gv), Buffer.from(JSON.stringify(buildOpenApiV3(kinds, gv)))]),
  );
}

function answer(call: Call, body: Buffer): Answer {
  const hash = createHash('sha512').update(body).digest('hex').toUpperCase();
  const etag = `"${hash}"`;
  const immutable = call.query.get('hash') === hash;
  const headers = { etag, vary: 'Accept', 'cache-control': immutable ? 'public, immutable' : 'no-cache, private' };
  if (call.headers['if-none-match'] === etag)
    return { status: 304, contentType: 'application/json', body: '', headers };
  return { status: 200, contentType: 'application/json', body, headers };
}
