/**
 * JSON Patch (RFC 6902): a list of operations on paths, all or none.
 *
 * Upstream: apiserver/pkg/endpoints/handlers/patch.go over evanphx/json-patch, whose error texts these are.
 */
import { ApiError, badRequest } from '../errors.ts';
import { cloneJson, isEqual, setOwn } from './json.ts';

export interface JsonPatchOperation {
  op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';
  path: string;
  from?: string;
  value?: unknown;
}

/** Kubernetes' limit on the operations of one patch. */
const maxOperations = 10_000;

/** How much all copies of one patch may add: a few of them could double a document until it fills the memory. */
const maxCopiedBytes = 3 * 1024 * 1024;

type Container = Record<string, unknown> | unknown[];

/** The patched copy; the object stays as it is. Throws a 400 for a malformed patch, a 422 for one that does not apply. */
export function jsonPatch<T>(object: T, operations: unknown): T {
  if (!Array.isArray(operations)) {
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${goType(operations)} into Go value of type jsonpatch.Patch`,
    );
  }
  if (operations.length > maxOperations) {
    throw new ApiError(
      413,
      'RequestEntityTooLarge',
      `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${operations.length}`,
    );
  }
  try {
    return applyOperations(object, operations);
  } catch (error) {
    if (!(error instanceof PatchFailure)) throw error;
    throw new ApiError(
      422,
      'Invalid',
      `the server rejected our request due to an error in our request: ${error.message}`,
    );
  }
}

/** The patched copy; the object stays as it is. Throws a PatchFailure for an operation that does not apply. */
export function applyOperations<T>(object: T, operations: readonly unknown[]): T {
  const document: Document = { root: cloneJson(object) as unknown, copiedBytes: 0 };
  for (const operation of operations) applyOperation(document, operation as JsonPatchOperation);
  return document.root as T;
}

interface Document {
  root: unknown;
  /** What copies have added so far. */
  copiedBytes: number;
}

/** An operation that does not apply to the document. */
export class PatchFailure extends Error {}

/** A test of the patch that does not hold. */
export class TestFailure extends PatchFailure {}

const goType = (value: unknown): string =>
  value === null ? 'null' : typeof value === 'boolean' ? 'bool' : typeof value;

function applyOperation(document: Document, operation: JsonPatchOperation): void {
  const { op, path, from } = operation ?? {};
  if (typeof path !== 'string') throw new PatchFailure(`${op} operation: missing path`);
  switch (op) {
    case 'add':
      add(document, path, newValue(operation));
      break;
    case 'remove':
      remove(document, path, op);
      break;
    case 'replace': {
      const value = newValue(operation);
      if (path !== '') remove(document, path, op);
      add(document, path, value);
      break;
    }
    case 'move':
      if (path.startsWith(`${from}/`)) throw new PatchFailure(`move operation: cannot move ${from} into itself`);
      add(document, path, remove(document, fromOf(operation), op));
      break;
    case 'copy':
      add(document, path, copyOf(document, get(document, fromOf(operation), op)));
      break;
    case 'test':
      if (!isEqual(get(document, path, op), operation.value ?? null)) {
        throw new TestFailure(`testing value ${path} failed: test failed`);
      }
      break;
    default:
      throw new PatchFailure(`Unexpected kind: ${String(op)}`);
  }
}

function copyOf(document: Document, value: unknown): unknown {
  const text = JSON.stringify(value);
  document.copiedBytes += text.length;
  if (document.copiedBytes > maxCopiedBytes) {
    throw new PatchFailure(
      `Unable to complete the copy, the accumulated size increase of copy is ${document.copiedBytes}, exceeding the limit ${maxCopiedBytes}`,
    );
  }
  return JSON.parse(text) as unknown;
}

function newValue(operation: JsonPatchOperation): unknown {
  if (!('value' in operation)) throw new PatchFailure(`${operation.op} operation does not apply: doc is missing value`);
  return cloneJson(operation.value);
}

function fromOf(operation: JsonPatchOperation): string {
  if (typeof operation.from !== 'string') throw new PatchFailure(`${operation.op} operation: missing from`);
  return operation.from;
}

/** `/spec/a~1b/0` -> ['spec', 'a/b', '0'] */
function splitPointer(path: string, op: string): string[] {
  if (!path.startsWith('/'))
    throw new PatchFailure(`${op} operation does not apply: doc is missing path: "${path}": missing value`);
  return path
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

const missing = (op: string, path: string): PatchFailure =>
  new PatchFailure(`${op} operation does not apply: doc is missing path: "${path}": missing value`);

/** The container that holds the last part of the path, and that part. */
function locate(document: Document, path: string, op: string): { parent: Container; key: string } {
  const parts = splitPointer(path, op);
  const key = parts.pop()!;
  let parent = document.root;
  for (const part of parts) parent = child(parent, part, op, path);
  if (typeof parent !== 'object' || parent === null) throw missing(op, path);
  return { parent: parent as Container, key };
}

function child(parent: unknown, key: string, op: string, path: string): unknown {
  if (Array.isArray(parent)) return parent[arrayIndex(parent, key, parent.length - 1)];
  if (typeof parent === 'object' && parent !== null && Object.hasOwn(parent, key)) {
    return (parent as Record<string, unknown>)[key];
  }
  throw missing(op, path);
}

function arrayIndex(array: unknown[], key: string, last: number): number {
  if (!/^-?\d+$/.test(key)) throw new PatchFailure(`strconv.Atoi: parsing "${key}": invalid syntax`);
  const index = Number(key) < 0 ? Number(key) + array.length : Number(key);
  if (index < 0 || index > last) {
    throw new PatchFailure(`Unable to access invalid index: ${key}: invalid index referenced`);
  }
  return index;
}

function get(document: Document, path: string, op: string): unknown {
  if (path === '') return document.root;
  const { parent, key } = locate(document, path, op);
  // A test of an absent field compares with null.
  if (op === 'test' && !Array.isArray(parent) && !Object.hasOwn(parent, key)) return null;
  return child(parent, key, op, path);
}

function add(document: Document, path: string, value: unknown): void {
  if (path === '') {
    document.root = value;
    return;
  }
  const { parent, key } = locate(document, path, 'add');
  if (!Array.isArray(parent)) setOwn(parent, key, value);
  else if (key === '-') parent.push(value);
  else parent.splice(arrayIndex(parent, key, parent.length), 0, value);
}

function remove(document: Document, path: string, op: string): unknown {
  const { parent, key } = locate(document, path, op);
  const value = child(parent, key, op, path);
  if (Array.isArray(parent)) parent.splice(arrayIndex(parent, key, parent.length - 1), 1);
  else delete parent[key];
  return value;
}
