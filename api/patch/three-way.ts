/**
 * The patch that client-side apply sends: what the manifest (`modified`) changes or adds relative to the live object
 * (`current`), and what it no longer has relative to what was applied last (`original`). Fields that others set stay.
 *
 * Upstream: strategicpatch CreateThreeWayMergePatch, jsonmergepatch CreateThreeWayJSONMergePatch
 */
import { loadSchema, type Schema } from '../schema.ts';
import { identity } from './element-order.ts';
import { type FieldMerge, fieldMerge } from './field-merge.ts';
import { isEqual, isObject, type JsonObject, own, setOwn } from './json.ts';

/** Which half of a difference is wanted. */
type Half = 'changes' | 'deletions';

/** A strategic merge patch for an object of a built-in type; empty when there is nothing to change. */
export function createThreeWayMergePatch(
  original: JsonObject | undefined,
  modified: JsonObject,
  current: JsonObject,
  schemaName: string,
  schema = loadSchema(),
): JsonObject {
  const changes = diffObjects(schema, current, modified, schemaName, 'changes');
  const deletions = diffObjects(schema, original ?? {}, modified, schemaName, 'deletions');
  return combine(schema, deletions, changes, schemaName);
}

/** The same as a JSON merge patch, for objects whose type is not built in. */
export function createThreeWayJsonMergePatch(
  original: JsonObject | undefined,
  modified: JsonObject,
  current: JsonObject,
): JsonObject {
  const patch: JsonObject = {};
  for (const key of new Set([...Object.keys(original ?? {}), ...Object.keys(modified)])) {
    const [wanted, present, before] = [modified, current, original ?? {}].map((object) => own(object, key));
    if (!Object.hasOwn(modified, key)) {
      if (Object.hasOwn(current, key)) setOwn(patch, key, null);
    } else if (isObject(wanted) && isObject(present)) {
      const inner = createThreeWayJsonMergePatch(isObject(before) ? before : undefined, wanted, present);
      if (Object.keys(inner).length > 0) setOwn(patch, key, inner);
    } else if (!isEqual(wanted, present)) {
      setOwn(patch, key, wanted);
    }
  }
  return patch;
}

function diffObjects(
  schema: Schema,
  from: JsonObject,
  to: JsonObject,
  typeName: string | undefined,
  half: Half,
  retainKeys = false,
): JsonObject {
  const patch: JsonObject = {};
  for (const [key, wanted] of Object.entries(to)) {
    const present = own(from, key);
    const merge = fieldMerge(schema, typeName, key);
    if (isObject(wanted) && isObject(present) && !merge.replaces) {
      const inner = diffObjects(schema, present, wanted, merge.type, half, merge.retainKeys);
      if (Object.keys(inner).length > 0) setOwn(patch, key, inner);
    } else if (Array.isArray(wanted) && Array.isArray(present) && merge.mergesList) {
      diffList(schema, key, present, wanted, merge, half, patch);
    } else if (half === 'changes' && !isEqual(present, wanted)) {
      setOwn(patch, key, wanted);
    }
  }
  const gone = Object.keys(from).filter((key) => !Object.hasOwn(to, key));
  if (half === 'deletions') for (const key of gone) setOwn(patch, key, null);
  if (retainKeys && (Object.keys(patch).length > 0 || gone.length > 0)) {
    patch['$retainKeys'] = Object.keys(to)
      .filter((key) => to[key] !== null)
      .sort();
  }
  return patch;
}

function diffList(
  schema: Schema,
  key: string,
  from: unknown[],
  to: unknown[],
  merge: FieldMerge,
  half: Half,
  patch: JsonObject,
): void {
  const { mergeKey } = merge;
  const keyOf = (element: unknown) => identity(element, mergeKey);
  const find = (list: unknown[], element: unknown) => list.find((other) => isEqual(keyOf(other), keyOf(element)));
  const items = to.flatMap((wanted) => changedItem(schema, find(from, wanted), wanted, merge, half));
  const gone = from.filter((element) => find(to, element) === undefined);
  let differs = items.length > 0;
  if (half === 'deletions' && gone.length > 0) {
    differs = true;
    if (mergeKey === undefined) patch[`$deleteFromPrimitiveList/${key}`] = gone;
    else items.push(...gone.map((element) => ({ $patch: 'delete', [mergeKey]: keyOf(element) })));
  }
  if (half === 'changes') {
    const kept = from.filter((element) => find(to, element) !== undefined);
    const order = to.filter((element) => find(from, element) !== undefined);
    differs ||= !kept.every((element, i) => isEqual(keyOf(element), keyOf(order[i])));
  }
  if (items.length > 0) patch[key] = items;
  if (differs) {
    patch[`$setElementOrder/${key}`] = mergeKey === undefined ? to : to.map((e) => ({ [mergeKey]: keyOf(e) }));
  }
}

/** The part of one item that a patch has to carry: nothing, its changed fields under its key, or all of a new one. */
function changedItem(schema: Schema, present: unknown, wanted: unknown, merge: FieldMerge, half: Half): unknown[] {
  if (!isObject(present) || !isObject(wanted)) {
    return half === 'deletions' || isEqual(present, wanted) ? [] : [wanted];
  }
  const inner = diffObjects(schema, present, wanted, merge.type, half, merge.retainKeys);
  return Object.keys(inner).length > 0 ? [{ ...inner, [merge.mergeKey!]: wanted[merge.mergeKey!] }] : [];
}

/** One patch out of two for the same object: the changes win where both speak of a field. */
function combine(schema: Schema, deletions: JsonObject, changes: JsonObject, typeName: string | undefined): JsonObject {
  const result: JsonObject = { ...deletions };
  for (const [key, change] of Object.entries(changes)) {
    const deletion = own(deletions, key);
    const merge = fieldMerge(schema, typeName, key);
    if (isObject(change) && isObject(deletion)) {
      setOwn(result, key, combine(schema, deletion, change, merge.type));
    } else if (Array.isArray(change) && Array.isArray(deletion) && merge.mergeKey !== undefined) {
      setOwn(result, key, combineItems(schema, deletion, change, merge));
    } else {
      setOwn(result, key, change);
    }
  }
  return result;
}

function combineItems(schema: Schema, deletions: unknown[], changes: unknown[], merge: FieldMerge): unknown[] {
  const keyOf = (item: unknown) => identity(item, merge.mergeKey);
  const items = changes.map((change) => {
    const deletion = deletions.find((d) => isEqual(keyOf(d), keyOf(change)));
    return isObject(deletion) && isObject(change) ? combine(schema, deletion, change, merge.type) : change;
  });
  return [...items, ...deletions.filter((d) => !changes.some((change) => isEqual(keyOf(d), keyOf(change))))];
}
