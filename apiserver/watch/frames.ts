/**
 * Watch events as bytes. The plain form of an event is encoded once, however many watch it.
 *
 * Upstream: apiserver/pkg/endpoints/handlers/{watch,response}.go
 */
import { apiVersionOf } from '../../api/kind.ts';
import type { AnyKind } from '../../api/kinds/all.ts';
import { type IncludeObject, partialMetadata, toTable } from '../../api/table.ts';
import type { Entry } from '../cache/entry.ts';
import type { Form } from '../request/negotiate.ts';

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

/** How one watcher wants its events. */
export interface FrameFormat {
  kind: AnyKind;
  as: Form['as'];
  version: Form['version'];
  includeObject: IncludeObject;
}

const newline = Buffer.from('}\n');

/** The event as one line. `shared` keeps plain frames between watchers. */
export function frame(format: FrameFormat, type: EventType, entry: Entry, shared?: Map<string, Buffer>): Buffer {
  if (format.as !== 'object') return line(type, transform(format, entry));
  const known = shared?.get(type);
  if (known) return known;
  const bytes = Buffer.concat([Buffer.from(`{"type":"${type}","object":`), entry.bytes, newline]);
  shared?.set(type, bytes);
  return bytes;
}

function transform({ kind, as, version, includeObject }: FrameFormat, { object }: Entry): unknown {
  const { resourceVersion = '' } = object.metadata;
  if (as === 'Table') {
    const table = toTable(kind, [object], { now: Date.now(), includeObject, metadata: { resourceVersion } });
    return { ...table, apiVersion: `meta.k8s.io/${version}` };
  }
  return { ...partialMetadata(object), apiVersion: `meta.k8s.io/${version}` };
}

/** Tells the client that it has everything up to `revision`; the last of the initial events says so. */
export function bookmark(
  { kind, as, version, includeObject }: FrameFormat,
  revision: number,
  initialEventsEnd: boolean,
): Buffer {
  const resourceVersion = String(revision);
  const annotations = initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  const object = { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata: { resourceVersion, ...annotations } };
  if (as === 'Table') {
    // A table's bookmark has no row that anybody would print, only the version.
    const table = toTable(kind, [], { now: 0, includeObject, metadata: { resourceVersion } });
    const row = initialEventsEnd ? [{ cells: [], object: { ...partialMetadata(object) } }] : [];
    return line('BOOKMARK', { ...table, apiVersion: `meta.k8s.io/${version}`, rows: row });
  }
  if (as === 'object') return line('BOOKMARK', object);
  return line('BOOKMARK', { ...partialMetadata(object), apiVersion: `meta.k8s.io/${version}` });
}

export const line = (type: EventType, object: unknown): Buffer => Buffer.from(`${JSON.stringify({ type, object })}\n`);
