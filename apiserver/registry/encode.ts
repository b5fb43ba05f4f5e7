/** The form in which objects are written: JSON with kind, apiVersion and metadata first, and without the resourceVersion. */
import { apiVersionOf, type Kind } from '../../api/kind.ts';
import type { KubeObject } from '../../api/types.ts';

export function encodeJson(kind: Pick<Kind, 'group' | 'version' | 'kind'>, object: KubeObject): string {
  const { kind: _kind, apiVersion: _apiVersion, metadata, ...rest } = object;
  const { resourceVersion: _resourceVersion, selfLink: _selfLink, ...kept } = metadata;
  return JSON.stringify({ kind: kind.kind, apiVersion: apiVersionOf(kind), metadata: kept, ...rest });
}
