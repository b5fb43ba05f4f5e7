/**
 * Which OpenAPI documents a server behind this one has for its group version. The documents themselves are asked of it when a client
 * wants them.
 *
 * Upstream: kube-aggregator/pkg/controllers/openapiv3. Left out: merging its document of version 2.
 */
import { pathOfGroupVersion } from '../../api/kind.ts';
import { isObject } from '../../api/patch/json.ts';
import type { Remote } from './remote.ts';

const timeoutMs = 5000;

/** `apis/example.com/v1` -> its hash; empty when the server has no such document. */
export async function openApiHashes(remote: Remote): Promise<ReadonlyMap<string, string>> {
  const { group = '', version = '' } = remote.service.spec!;
  const path = pathOfGroupVersion({ group, version });
  try {
    const { status, body } = await remote.get('/openapi/v3', timeoutMs);
    const index: unknown = status === 200 ? JSON.parse(body.toString()) : {};
    const paths = isObject(index) && isObject(index['paths']) ? index['paths'] : {};
    const found = Object.hasOwn(paths, path) ? paths[path] : undefined;
    const url = isObject(found) ? found['serverRelativeURL'] : undefined;
    const hash = typeof url === 'string' ? new URL(url, 'https://server').searchParams.get('hash') : null;
    return hash === null ? new Map() : new Map([[path, hash]]);
  } catch {
    // A server without OpenAPI is served all the same.
    return new Map();
  }
}
