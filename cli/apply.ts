/**
 * Client-side apply: what of an object was applied last is kept in an annotation, so that a field which left the manifest
 * leaves the object too, and fields that others set stay.
 *
 * Upstream: kubectl/pkg/cmd/apply/patcher.go, kubectl/pkg/util/apply.go
 */
import { kindFor } from '../api/kinds/find.ts';
import type { JsonObject } from '../api/patch/json.ts';
import { createThreeWayJsonMergePatch, createThreeWayMergePatch } from '../api/patch/three-way.ts';
import type { KubeObject } from '../api/types.ts';
import { goJson } from './go-json.ts';

export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

type Typed = KubeObject & { apiVersion: string; kind: string };

/** The manifest with the annotation that records it. */
export function withLastApplied<T extends KubeObject>(manifest: T): T {
  const { [lastAppliedAnnotation]: _, ...annotations } = manifest.metadata.annotations ?? {};
  const recorded = { ...manifest, metadata: { ...manifest.metadata, annotations } };
  const text = `${goJson(recorded)}\n`;
  return {
    ...recorded,
    metadata: { ...recorded.metadata, annotations: { ...annotations, [lastAppliedAnnotation]: text } },
  };
}

/** What was applied last; undefined for an object that was made another way. */
export function lastApplied(live: KubeObject): JsonObject | undefined {
  const text = live.metadata.annotations?.[lastAppliedAnnotation];
  return text === undefined ? undefined : (JSON.parse(text) as JsonObject);
}

export interface Patch {
  body: JsonObject;
  type: 'strategic' | 'merge';
}

/** The patch that makes the live object what the manifest says; undefined when it is that already. */
export function patchFor(manifest: Typed, live: KubeObject): Patch | undefined {
  const modified = withLastApplied(manifest) as unknown as JsonObject;
  const current = live as unknown as JsonObject;
  const original = lastApplied(live);
  const schema = kindFor(manifest.apiVersion, manifest.kind)?.schema;
  const body = schema
    ? createThreeWayMergePatch(original, modified, current, schema)
    : createThreeWayJsonMergePatch(original, modified, current);
  return Object.keys(body).length === 0 ? undefined : { body, type: schema ? 'strategic' : 'merge' };
}
