/** Objects without who owns which fields: an object, a list of them, or the rows of a table. */
type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What was given, changed only on the way to the managed fields. */
export function withoutManagedFields(value: unknown): unknown {
  if (!isObject(value)) return value;
  const { metadata, items, rows } = value;
  const changed: Json = { ...value };
  if (isObject(metadata) && 'managedFields' in metadata) {
    const { managedFields: _, ...rest } = metadata;
    changed['metadata'] = rest;
  }
  if (Array.isArray(items)) changed['items'] = items.map(withoutManagedFields);
  if (Array.isArray(rows)) {
    changed['rows'] = rows.map((row: unknown) =>
      isObject(row) ? { ...row, object: withoutManagedFields(row['object']) } : row,
    );
  }
  return changed;
}
