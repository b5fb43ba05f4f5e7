/**
 * Serving OpenAPI. Version 3: an index with a document for each group version, each addressed by the hash of its content, so
 * that clients keep what they have. Version 2: one document, in JSON or in protobuf. All are made when the first client asks.
 *
 * Upstream: kube-openapi/pkg/handler, pkg/handler3. Left out: version 3 in protobuf.
 */
import { notAcceptable } from '../../api/errors.ts';
import { pathOfGroupVersion } from '../../api/kind.ts';
import type { AnyKind } from '../../api/kinds/all.ts';
import type { Answer, Call } from '../request/call.ts';
import { chooseMediaType } from './accept.ts';
import { groupVersions } from './groups.ts';
import { OpenApiDocument } from './openapi-document.ts';
import { versionInfo } from './version.ts';

const v2Path = '/openapi/v2';
const v3Path = '/openapi/v3';

const json = 'application/json';
const protobuf = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
/** Older clients' name of the same, which is no valid media type and therefore never answered. */
const protobufBefore = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

/** The builders need the descriptions of all fields, which are large and which nobody else needs. */
const builders = {
  v2: () => import('../../api/openapi-v2.ts'),
  v2Protobuf: () => import('../../api/openapi-v2-protobuf.ts'),
  v3: () => import('../../api/openapi.ts'),
};

export class OpenApi {
  /** By media type. */
  readonly #v2: Record<string, OpenApiDocument>;
  /** By path below the root: `apis/apps/v1`; with the kinds that each is about. */
  readonly #v3 = new Map<string, { document: OpenApiDocument; kinds: readonly AnyKind[] }>();
  readonly #index: OpenApiDocument;

  /**
   * `elsewhere`: the hashes of documents that other servers have. `before`: the documents of an earlier set of kinds, of which those
   * about the same kinds stay.
   */
  constructor(kinds: readonly AnyKind[], elsewhere: ReadonlyMap<string, string>, before?: OpenApi) {
    const v2 = async () => (await builders.v2()).buildOpenApiV2(kinds, versionInfo.gitVersion);
    const binary = new OpenApiDocument(protobuf, async () => (await builders.v2Protobuf()).encodeOpenApiV2(await v2()));
    this.#v2 = {
      [json]: new OpenApiDocument(json, async () => JSON.stringify(await v2())),
      [protobuf]: binary,
      [protobufBefore]: binary,
    };
    for (const gv of groupVersions(kinds)) {
      const path = pathOfGroupVersion(gv);
      const own = kinds.filter(({ group, version }) => group === gv.group && version === gv.version);
      const make = async () => JSON.stringify((await builders.v3()).buildOpenApiV3(own, gv));
      const known = before === undefined ? undefined : before.#v3.get(path);
      const same = known?.kinds.length === own.length && own.every((kind, i) => kind === known.kinds[i]);
      this.#v3.set(path, { document: same ? known.document : new OpenApiDocument(json, make), kinds: own });
    }
    this.#index = new OpenApiDocument(json, async () => {
      const hashes = new Map<string, string>();
      for (const [path, { document }] of this.#v3) hashes.set(path, await document.hash());
      for (const [path, hash] of elsewhere) hashes.set(path, hash);
      return JSON.stringify((await builders.v3()).openApiIndex(hashes));
    });
  }

  /** The answer for a path below `/openapi`; undefined for any other. */
  async answer(call: Call): Promise<Answer | undefined> {
    const { path } = call.info;
    if (path === v2Path) return this.#v2[mediaType(call, Object.keys(this.#v2))]!.answer(call);
    if (path === v3Path) return this.#index.answer(call);
    if (!path.startsWith(`${v3Path}/`)) return undefined;
    const key = path.slice(v3Path.length + 1);
    const found = this.#v3.get(key);
    if (!found) return undefined;
    mediaType(call, [json]);
    return answerHashed(call, key, found.document);
  }
}

function mediaType(call: Call, offered: string[]): string {
  const chosen = chooseMediaType(call.headers.accept, offered);
  if (!chosen) throw notAcceptable(offered.filter((type) => type !== protobufBefore));
  return chosen;
}

/** A URL that names the hash never changes its content: what has another hash by now is elsewhere. */
async function answerHashed(call: Call, key: string, document: OpenApiDocument): Promise<Answer> {
  const asked = call.query.get('hash');
  if (!asked) return document.answer(call);
  const hash = await document.hash();
  if (asked !== hash) {
    const { urlOf } = await builders.v3();
    return { status: 301, contentType: json, body: '', headers: { location: urlOf(key, hash) } };
  }
  const expires = new Date();
  expires.setFullYear(expires.getFullYear() + 1);
  const answer = await document.answer(call);
  const forEver = { 'cache-control': 'public, immutable', expires: expires.toUTCString() };
  return { ...answer, headers: { ...answer.headers, ...forEver } };
}
