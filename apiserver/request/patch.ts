/**
 * Decoding a patch: the body becomes a function from the stored object to the patched one, which is checked like any
 * other body.
 *
 * Upstream: apiserver/pkg/endpoints/handlers/patch.go
 */
import { keepReset } from '../../api/apply/entries.ts';
import { badRequest, field, invalid, unsupportedMediaType } from '../../api/errors.ts';
import { type ParsedBody, parseJson } from '../../api/parse-json.ts';
import { jsonPatch } from '../../api/patch/json-patch.ts';
import { mergePatch } from '../../api/patch/merge-patch.ts';
import { strategicMergePatch } from '../../api/patch/strategic-merge.ts';
import type { KubeObject } from '../../api/types.ts';
import type { Call } from './call.ts';
import { type ExpectedType, fieldValidationOf, mediaType, report } from './decode.ts';
import { readYaml } from './read-yaml.ts';

type Apply = (object: KubeObject, patch: unknown, schema: string) => unknown;

const patchTypes: Record<string, Apply> = {
  'application/json-patch+json': (object, patch) => jsonPatch(object, patch),
  'application/merge-patch+json': (object, patch) => mergePatch(object, patch),
  'application/strategic-merge-patch+json': strategicMergePatch,
};

const { 'application/strategic-merge-patch+json': _, ...withoutStrategic } = patchTypes;

/** Server-side apply: the body is a config, not a patch of what is stored. JSON is YAML, too. */
export const applyType = 'application/apply-patch+yaml';

/** Whether the request is a server-side apply. */
export const isApply = (call: Call): boolean => mediaType(call) === applyType;

/** Reads the patch. Throws a 400 or a 415 for one that cannot be read; the result throws for one that does not apply. */
export async function decodePatch<T = KubeObject>(call: Call, expected: ExpectedType): Promise<(stored: T) => T> {
  const type = mediaType(call);
  const types = expected.type.schema ? patchTypes : withoutStrategic;
  const apply = Object.hasOwn(types, type) && types[type];
  if (!apply) throw unsupportedMediaType([...Object.keys(types), applyType]);
  const validation = fieldValidationOf(call);
  const text = (await call.body()).toString();
  const { value: patch, duplicates } = parsePatch(text, validation !== 'Ignore');
  call.audit?.requested(patch);
  const isJsonPatch = type === 'application/json-patch+json';
  if (!isJsonPatch && (typeof patch !== 'object' || patch === null || Array.isArray(patch))) {
    throw badRequest('error decoding patch: the patch must be a JSON object');
  }
  const inPatch = isJsonPatch
    ? [...duplicates, ...unknownInOperations(patch)].map((e) => `json patch ${e}`)
    : duplicates;
  let reported = false;
  return (stored) => {
    const patched = apply(stored as KubeObject, patch, expected.type.schema ?? '') as KubeObject;
    const { unknown, typeErrors } = expected.type.check(patched);
    const refuse = (why: string) =>
      invalid({ group: '', kind: '' }, '', [field.invalid('patch', JSON.stringify(patched), why)]);
    if (typeErrors.length > 0) throw refuse(typeErrors[0]!);
    // An attempt that is repeated after a lost race finds the same again.
    if (!reported) report(call, [...inPatch, ...unknown], validation, refuse);
    reported = true;
    keepReset(patched);
    expected.type.prune(patched);
    patched.metadata ??= {};
    return patched as T;
  };
}

const operationFields = new Set(['op', 'path', 'from', 'value']);

/** `unknown field "[0].foo"` for each field that an operation of a JSON patch does not have. */
function unknownInOperations(patch: unknown): string[] {
  if (!Array.isArray(patch)) return [];
  return patch.flatMap((operation: unknown, i) =>
    Object.keys(Object(operation) as object)
      .filter((name) => !operationFields.has(name))
      .map((name) => `unknown field "[${i}].${name}"`),
  );
}

/** Reads what is to be applied. Throws a 400 for what is no object, or, where asked for, repeats a key. */
export async function decodeConfig(call: Call): Promise<Record<string, unknown>> {
  const validation = fieldValidationOf(call);
  const text = (await call.body()).toString();
  const { value, duplicates } = await parseConfig(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const what = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
    throw badRequest(
      `error decoding YAML: json: cannot unmarshal ${what} into Go value of type map[string]interface {}`,
    );
  }
  call.audit?.requested(value);
  const found = duplicates.map((text) => `error converting YAML to JSON: ${text}`);
  report(call, found, validation, (why) =>
    badRequest(why.replace(/^strict decoding error/, 'error strict decoding YAML')),
  );
  return value as Record<string, unknown>;
}

/** Most configs are JSON, which is read much faster. What repeats a key is read again, for YAML's text about it. */
async function parseConfig(text: string): Promise<ParsedBody> {
  if (text.startsWith('{')) {
    try {
      const parsed = parseJson(text, true);
      if (parsed.duplicates.length === 0) return parsed;
    } catch (error) {
      // What is no JSON may still be YAML.
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  try {
    return await readYaml(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badRequest(`error decoding YAML: ${error.message}`);
  }
}

function parsePatch(text: string, findDuplicates: boolean): ParsedBody {
  try {
    return parseJson(text, findDuplicates);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badRequest(`error decoding patch: ${error.message}`);
  }
}
