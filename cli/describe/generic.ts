/** The description of a kind that has none of its own: its fields by name. Upstream: kubectl/pkg/describe (genericDescriber) */
import type { Describer } from './describer.ts';
import { describeEvents } from './events.ts';
import { describeMetadata } from './metadata.ts';
import type { Description } from './writer.ts';

/** Shown elsewhere in the description, or of no interest to a reader. */
const hidden = ['managedFields', 'name', 'namespace', 'labels', 'annotations'];

export const describeGeneric: Describer = async (object, out, { events, now }) => {
  const { apiVersion, kind, metadata, ...rest } = object;
  describeMetadata(object, out);
  out.field(0, 'API Version', apiVersion);
  out.field(0, 'Kind', kind);
  const shown = Object.fromEntries(Object.entries(metadata).filter(([key]) => !hidden.includes(key)));
  describeFields(out, 0, { metadata: shown, ...rest });
  describeEvents(out, await events(), now);
};

/** One line a plain field; objects and lists below their name, one level further in. */
function describeFields(out: Description, level: number, fields: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const name = labelOf(key);
    if (Array.isArray(value)) {
      out.line(level, `${name}:`);
      for (const item of value as unknown[]) describeValue(out, level + 1, item);
    } else if (isRecord(value)) {
      out.line(level, `${name}:`);
      describeFields(out, level + 1, value);
    } else {
      out.field(level, name, value);
    }
  }
}

function describeValue(out: Description, level: number, value: unknown): void {
  if (isRecord(value)) describeFields(out, level, value);
  else out.line(level, String(value));
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** `creationTimestamp` is `Creation Timestamp`; a key that is no field name (`app.kubernetes.io/name`) stays. */
function labelOf(key: string): string {
  if (!/^[a-z][A-Za-z]*$/.test(key)) return key;
  const spaced = key.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/([A-Z])([A-Z][a-z])/g, '$1 $2');
  return spaced
    .replace(/^(uid|api|ip)\b/, (word) => word.toUpperCase())
    .replace(/^./, (letter) => letter.toUpperCase());
}
