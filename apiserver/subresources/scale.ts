/**
 * `scale`: the number of replicas of any kind that declares where it keeps it, seen as one and the same type.
 *
 * Upstream: pkg/registry/apps/deployment/storage/storage.go ScaleREST, apiextensions-apiserver customresource scale
 */
import { field, invalid } from '../../api/errors.ts';
import { apiVersionOf, type ScalePaths } from '../../api/kind.ts';
import type { AnyKind } from '../../api/kinds/all.ts';
import { builtInType } from '../../api/object-type.ts';
import { cloneJson } from '../../api/patch/json.ts';
import { formatLabelSelector } from '../../api/selectors.ts';
import type { KubeObject, Scale } from '../../api/types.ts';
import { Entry } from '../cache/entry.ts';
import { type Handler, writeOptionsOf } from '../handlers/handler.ts';
import { applyConfig, checkConfigType } from '../registry/apply.ts';
import { encodeJson } from '../registry/encode.ts';
import { get } from '../registry/get.ts';
import type { Registry } from '../registry/registry.ts';
import type { Resource } from '../registry/resource.ts';
import { type Change, type Shown, update } from '../registry/update.ts';
import type { Answer, Call } from '../request/call.ts';
import { decodeBody } from '../request/decode.ts';
import { answerObject } from '../request/encode.ts';
import { queryBool } from '../request/info.ts';
import { parseResourceVersion } from '../request/list-options.ts';
import { decodeConfig, decodePatch, isApply } from '../request/patch.ts';

const scales = {
  kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
  type: builtInType('io.k8s.api.autoscaling.v1.Scale'),
};

export const getScale: Handler = async (registry, resource, call) => {
  const { namespace, name } = call.info;
  const version = parseResourceVersion(call.query.get('resourceVersion'));
  return answerScale(call, resource.kind, await get(registry, resource, namespace, name, version));
};

export const updateScale: Handler = async (registry, resource, call) => {
  const scale = await decodeBody<Scale>(call, scales);
  return write(registry, resource, call, () => scale);
};

export const patchScale: Handler = async (registry, resource, call) => {
  if (isApply(call)) return applyScale(registry, resource, call);
  const patch = await decodePatch<Scale>(call, scales);
  return write(registry, resource, call, patch);
};

/** `change` makes the new Scale from the present one. */
async function write(
  registry: Registry,
  resource: Resource,
  call: Call,
  change: (scale: Scale) => Scale,
): Promise<Answer> {
  const { namespace, name } = call.info;
  const paths = resource.kind.scale!;
  const apply: Change = (stored) => {
    const { metadata, spec } = change(scaleOf(paths, stored));
    const replicas = spec?.replicas ?? 0;
    if (replicas < 0) {
      throw invalid(scales.kind, name, [
        field.invalid('spec.replicas', replicas, 'must be greater than or equal to 0'),
      ]);
    }
    const object = cloneJson(stored);
    for (const key of ['uid', 'resourceVersion'] as const) if (metadata[key]) object.metadata[key] = metadata[key];
    writeAt(object, paths.specReplicas, replicas);
    return object;
  };
  const options = { ...writeOptionsOf(call), subresource: 'scale', shown: shownAsScale(paths) };
  return answerScale(call, resource.kind, await update(registry, resource, namespace, name, apply, options));
}

/** Server-side apply of a Scale: of the number of replicas to where the kind keeps it. */
async function applyScale(registry: Registry, resource: Resource, call: Call): Promise<Answer> {
  const { namespace, name } = call.info;
  const shown = shownAsScale(resource.kind.scale!);
  const options = { ...writeOptionsOf(call), subresource: 'scale', shown, force: queryBool(call.query, 'force') };
  const scale = await decodeConfig(call);
  checkConfigType(scales, scale);
  const { metadata, spec } = scale as Partial<Scale>;
  const config = { apiVersion: apiVersionOf(resource.kind), kind: resource.kind.kind, metadata };
  const { specReplicas } = resource.kind.scale!;
  if (spec?.replicas !== undefined) writeAt(config, specReplicas, spec.replicas);
  const { entry } = await applyConfig(registry, resource, namespace, name, config, options);
  return answerScale(call, resource.kind, entry);
}

/** Admission is asked about the Scale, and may change its number. */
const shownAsScale = (paths: ScalePaths<KubeObject>): Shown => ({
  ...scales,
  of: (object) => scaleOf(paths, object),
  take: (object, scale) => writeAt(object, paths.specReplicas, (scale as Scale).spec?.replicas ?? 0),
});

/** The object seen as a Scale. */
export function scaleOf(paths: ScalePaths<KubeObject>, object: KubeObject): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const found = paths.selector(object);
  const selector = typeof found === 'string' ? found : formatLabelSelector(found);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp } as Scale['metadata'],
    spec: { replicas: (readAt(object, paths.specReplicas) as number | undefined) ?? 0 },
    status: {
      replicas: (readAt(object, paths.statusReplicas) as number | undefined) ?? 0,
      ...(selector && { selector }),
    },
  };
}

function answerScale(call: Call, kind: AnyKind, entry: Entry): Answer | Promise<Answer> {
  const value = Buffer.from(encodeJson(scales.kind, scaleOf(kind.scale!, entry.object)));
  return answerObject(call, { ...kind, ...scales.kind } as AnyKind, new Entry(entry.key, entry.revision, value));
}

type Json = Record<string, unknown>;

const readAt = (object: object, path: string[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Json | undefined)?.[key], object);

function writeAt(object: object, path: string[], value: unknown): void {
  let place = object as Json;
  for (const key of path.slice(0, -1)) {
    place[key] ??= {};
    place = place[key] as Json;
  }
  place[path.at(-1)!] = value;
}
