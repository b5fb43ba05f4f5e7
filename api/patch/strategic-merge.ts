/**
 * Strategic merge patch: a merge patch that knows types. Lists merge by their items' key instead of being replaced, and
 * directives in the patch delete, replace and order elements:
 *
 *   containers: [{name: web, image: nginx:2}]              changes one container, keeps the others
 *   containers: [{name: web, $patch: delete}]              removes it
 *   containers: [{$patch: replace}, {name: new}]           replaces the whole list
 *   strategy: {$retainKeys: [type], type: Recreate}        clears the other keys
 *   $deleteFromPrimitiveList/finalizers: [a]               removes scalars from a merged list
 *   $setElementOrder/containers: [{name: web}, {name: b}]  orders the result
 *
 * Upstream: apimachinery/pkg/util/strategicpatch/patch.go. There a list or object that the type does not have is an error;
 * here it merges like plain JSON, and the check of fields that follows names it.
 */
import { badRequest } from '../errors.ts';
import { loadSchema, type Schema } from '../schema.ts';
import { identity, orderElements } from './element-order.ts';
import { type FieldMerge, fieldMerge } from './field-merge.ts';
import { cloneJson, isObject, type JsonObject, own, setOwn } from './json.ts';

const deleteFromList = '$deleteFromPrimitiveList/';
const setElementOrder = '$setElementOrder/';

/** The patched copy of an object of that type; neither argument is changed. Throws a 400 for a malformed patch. */
export function strategicMergePatch<T>(object: T, patch: unknown, schemaName: string, schema = loadSchema()): T {
  if (!isObject(patch)) throw badRequest('error decoding patch: the patch must be a JSON object');
  return mergeObject(schema, cloneJson(object) as JsonObject, cloneJson(patch), schemaName) as T;
}

function mergeObject(schema: Schema, object: JsonObject, patch: JsonObject, typeName: string | undefined): JsonObject {
  const { $patch: directive, $retainKeys: retainKeys, ...fields } = patch;
  if (directive === 'replace') return withoutNulls(fields);
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge')
    throw badRequest(`Unknown patch type found: ${String(directive)}`);
  const result = retainKeys === undefined ? object : retain(object, retainKeys, fields);
  for (const key of listKeys(fields)) {
    const merge = fieldMerge(schema, typeName, key);
    const list = mergeListWithDirectives(schema, key, own(result, key), fields, merge);
    if (list === undefined) delete result[key];
    else setOwn(result, key, list);
  }
  for (const [key, value] of Object.entries(fields)) {
    if (key.startsWith(deleteFromList) || key.startsWith(setElementOrder) || Array.isArray(value)) continue;
    if (value === null) delete result[key];
    else if (isObject(value))
      setOwn(result, key, mergeField(schema, own(result, key), value, fieldMerge(schema, typeName, key)));
    else setOwn(result, key, value);
  }
  return result;
}

function mergeField(schema: Schema, current: unknown, patch: JsonObject, merge: FieldMerge): unknown {
  if (merge.replaces) return withoutNulls(patch);
  return mergeObject(schema, isObject(current) ? current : {}, patch, merge.type);
}

/** The fields for which the patch carries a list or directives about one. */
function listKeys(patch: JsonObject): Set<string> {
  const keys = new Set<string>();
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(deleteFromList)) keys.add(key.slice(deleteFromList.length));
    else if (key.startsWith(setElementOrder)) keys.add(key.slice(setElementOrder.length));
    else if (Array.isArray(value)) keys.add(key);
  }
  return keys;
}

function retain(object: JsonObject, keys: unknown, patch: JsonObject): JsonObject {
  if (!Array.isArray(keys)) throw badRequest('invalid patch format of primitive list: $retainKeys');
  const stray = Object.keys(patch).find((key) => !key.startsWith('$') && patch[key] !== null && !keys.includes(key));
  if (stray) throw badRequest(`a field in the patch, ${stray}, is not in its $retainKeys list`);
  return Object.fromEntries(Object.entries(object).filter(([key]) => keys.includes(key)));
}

/** A list after the patch's items and the two directives about it. Undefined when there is no list before and after. */
function mergeListWithDirectives(
  schema: Schema,
  key: string,
  current: unknown,
  patch: JsonObject,
  merge: FieldMerge,
): unknown {
  const live = Array.isArray(current) ? current : undefined;
  const items = own(patch, key);
  if (!merge.mergesList) return items === null ? undefined : (items ?? current);
  const removed = directiveList(patch, deleteFromList + key);
  let list = live;
  if (removed) list = without(list, removed, undefined);
  if (Array.isArray(items)) list = mergeList(schema, list ?? [], items, merge);
  else if (items === null) return undefined;
  const order = directiveList(patch, setElementOrder + key);
  return order && list ? orderElements(list, order, live ?? [], merge.mergeKey) : list;
}

function directiveList(patch: JsonObject, directive: string): unknown[] | undefined {
  const value = patch[directive];
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw badRequest(`invalid patch format of primitive list: ${directive}`);
  return value;
}

function mergeList(schema: Schema, live: unknown[], patch: unknown[], { mergeKey, type }: FieldMerge): unknown[] {
  if (mergeKey === undefined) {
    const there = new Set(live.map((element) => identity(element, undefined)));
    const merged = [...live];
    for (const value of patch) {
      const key = identity(value, undefined);
      if (!there.has(key)) merged.push(value);
      there.add(key);
    }
    return orderElements(merged, patch, live, undefined);
  }
  const items = patch.map((item) => keyed(item, mergeKey));
  if (items.some((item) => item['$patch'] === 'replace')) {
    return items.filter((item) => item['$patch'] !== 'replace').map(withoutNulls);
  }
  const deleted = items.filter((item) => item['$patch'] === 'delete');
  const kept = items.filter((item) => item['$patch'] !== 'delete');
  const merged = without(live, deleted, mergeKey) ?? [];
  const places = new Map<unknown, number>();
  for (const [at, element] of merged.entries()) {
    const key = isObject(element) ? identity(element, mergeKey) : undefined;
    if (key !== undefined && !places.has(key)) places.set(key, at);
  }
  for (const item of kept) {
    const key = identity(item, mergeKey);
    const at = places.get(key);
    if (at === undefined) places.set(key, merged.push(mergeObject(schema, {}, item, type)) - 1);
    else merged[at] = mergeObject(schema, merged[at] as JsonObject, item, type);
  }
  return orderElements(merged, kept, live, mergeKey);
}

/** The elements that none of `removed` stands for. */
function without(list: unknown[] | undefined, removed: unknown[], mergeKey: string | undefined): unknown[] | undefined {
  const gone = new Set(removed.map((element) => identity(element, mergeKey)));
  return list?.filter((element) => !gone.has(identity(element, mergeKey)));
}

/** An item of a list that merges by key: an object with that key, unless it is the directive to replace the list. */
function keyed(item: unknown, mergeKey: string): JsonObject {
  if (!isObject(item)) throw badRequest(`expected a list of objects with the merge key ${mergeKey}`);
  if (item[mergeKey] === undefined && item['$patch'] !== 'replace') {
    throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`);
  }
  return item;
}

/** What a patch that replaces or adds leaves: no directives, and no nulls. */
function withoutNulls(patch: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || key.startsWith('$')) continue;
    setOwn(result, key, isObject(value) ? withoutNulls(value) : value);
  }
  return result;
}
