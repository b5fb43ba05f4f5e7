/**
 * Encoding answers: one object or a list, in the form that was negotiated. An object that is answered as it is costs
 * nothing: its bytes have been made once for its revision.
 *
 * Upstream: apiserver/pkg/endpoints/handlers/{response,responsewriters}
 */
import { badRequest, notAcceptable } from '../../api/errors.ts';
import { apiVersionOf } from '../../api/kind.ts';
import type { AnyKind } from '../../api/kinds/all.ts';
import { type IncludeObject, partialMetadata, toTable } from '../../api/table.ts';
import type { Entry } from '../cache/entry.ts';
import type { ListResult } from '../registry/list.ts';
import type { Answer, Call } from './call.ts';
import { contentTypes, type Form, negotiate, type Serialization } from './negotiate.ts';
import { Pieces } from './pieces.ts';

const includes: readonly string[] = ['', 'Metadata', 'None', 'Object'];

/** What the rows of a table carry besides their cells. */
export function includeObjectOf({ query }: Call): IncludeObject {
  const value = query.get('includeObject') ?? '';
  if (!includes.includes(value)) {
    throw badRequest(`unrecognized includeObject value: "${value}", must be one of None, Metadata, Object`);
  }
  return (value || 'Metadata') as IncludeObject;
}

/** Throws what the answer to a write would: once the write is done, it is too late to refuse it. */
export function checkAnswerable(call: Call): void {
  const { as } = negotiate(call.headers.accept);
  if (as === 'Table') includeObjectOf(call);
  const unfit = call.info.verb === 'deletecollection' ? 'PartialObjectMetadata' : 'PartialObjectMetadataList';
  if (as === unfit) throw notAcceptable(['application/json', 'application/yaml']);
}

/** One object. */
export function answerObject(call: Call, kind: AnyKind, entry: Entry, status = 200): Answer | Promise<Answer> {
  const form = negotiate(call.headers.accept);
  if (form.as === 'object' && form.serialization === 'json') return jsonBytes(status, entry.bytes);
  return serialize(status, form.serialization, transformObject(call, kind, entry, form));
}

function transformObject(call: Call, kind: AnyKind, entry: Entry, form: Form): unknown {
  const { object } = entry;
  switch (form.as) {
    case 'object':
      return object;
    case 'Table':
      return {
        ...toTable(kind, [object], {
          now: Date.now(),
          includeObject: includeObjectOf(call),
          metadata: { resourceVersion: object.metadata.resourceVersion! },
        }),
        apiVersion: `meta.k8s.io/${form.version}`,
      };
    case 'PartialObjectMetadata':
      return { ...partialMetadata(object), apiVersion: `meta.k8s.io/${form.version}` };
    default:
      throw notAcceptable(['application/json', 'application/yaml']);
  }
}

/** A list. */
export async function answerList(call: Call, kind: AnyKind, result: ListResult): Promise<Answer> {
  const form = negotiate(call.headers.accept);
  const metadata = {
    resourceVersion: String(result.revision),
    ...(result.continue && { continue: result.continue }),
    ...(result.remainingItemCount && { remainingItemCount: result.remainingItemCount }),
  };
  if (form.as === 'object' && form.serialization === 'json') {
    return { status: 200, contentType: contentTypes.json, body: listPieces(kind, metadata, result.entries) };
  }
  return serialize(200, form.serialization, transformList(call, kind, metadata, result.entries, form));
}

function transformList(call: Call, kind: AnyKind, metadata: object, entries: Entry[], form: Form): unknown {
  const objects = entries.map((entry) => entry.object);
  switch (form.as) {
    case 'object':
      return { kind: kind.listKind ?? `${kind.kind}List`, apiVersion: apiVersionOf(kind), metadata, items: objects };
    case 'Table':
      return {
        ...toTable(kind, objects, { now: Date.now(), includeObject: includeObjectOf(call), metadata }),
        apiVersion: `meta.k8s.io/${form.version}`,
      };
    case 'PartialObjectMetadataList':
      return {
        kind: 'PartialObjectMetadataList',
        apiVersion: `meta.k8s.io/${form.version}`,
        metadata,
        items: objects.map((object) => ({ ...partialMetadata(object), apiVersion: `meta.k8s.io/${form.version}` })),
      };
    default:
      throw notAcceptable(['application/json', 'application/yaml']);
  }
}

const comma = Buffer.from(',');
const end = Buffer.from(']}\n');

/** The objects' own bytes, one after the other. */
function listPieces(kind: AnyKind, metadata: object, entries: Entry[]): Pieces {
  const head = JSON.stringify({ kind: kind.listKind ?? `${kind.kind}List`, apiVersion: apiVersionOf(kind), metadata });
  const parts: Buffer[] = [Buffer.from(`${head.slice(0, -1)},"items":[`)];
  for (const [i, entry] of entries.entries()) {
    if (i > 0) parts.push(comma);
    parts.push(entry.bytes);
  }
  parts.push(end);
  return new Pieces(parts);
}

const jsonBytes = (status: number, body: Buffer): Answer => ({ status, contentType: contentTypes.json, body });

/** Any value as JSON or YAML. */
export async function serialize(status: number, serialization: Serialization, value: unknown): Promise<Answer> {
  const contentType = contentTypes[serialization];
  if (serialization === 'json') return { status, contentType, body: JSON.stringify(value) };
  const { stringify } = await import('yaml');
  return { status, contentType, body: stringify(value, { version: '1.1', aliasDuplicateObjects: false }) };
}
