/**
 * Decoding a patch: the body becomes a function from the stored object to the patched one, which is checked like any
 * other body.
 *
 * Upstream: apiserver/pkg/endpoints/handlers/patch.go
 */
import { badRequest, field, invalid, unsupportedMediaType } from '../../api/errors.ts';
import { parseJson } from '../../api/parse-json.ts';
import { jsonPatch } from '../../api/patch/json-patch.ts';
import { mergePatch } from '../../api/patch/merge-patch.ts';
import { strategicMergePatch } from '../../api/patch/strategic-merge.ts';
import type { KubeObject } from '../../api/types.ts';
import type { Call } from './call.ts';
import { type ExpectedType, fieldValidationOf, mediaType, report } from './decode.ts';

type Apply = (object: KubeObject, patch: unknown, schema: string) => unknown;

const patchTypes: Record<string, Apply> = {
  'application/json-patch+json': (object, patch) => jsonPatch(object, patch),
  'application/merge-patch+json': (object, patch) => mergePatch(object, patch),
  'application/strategic-merge-patch+json': strategicMergePatch,
};

const { 'application/strategic-merge-patch+json': _, ...withoutStrategic } = patchTypes;

/** Reads the patch. Throws a 400 or a 415 for one that cannot be read; the result throws for one that does not apply. */
export async function decodePatch<T = KubeObject>(call: Call, expected: ExpectedType): Promise<(stored: T) => T> {
  const type = mediaType(call);
  const types = expected.type.schema ? patchTypes : withoutStrategic;
  const apply = Object.hasOwn(types, type) && types[type];
  if (!apply) throw unsupportedMediaType(Object.keys(types));
  const validation = fieldValidationOf(call);
  const text = (await call.body()).toString();
  const { value: patch, duplicates } = parsePatch(text, validation !== 'Ignore');
  if (type !== 'application/json-patch+json' && (typeof patch !== 'object' || patch === null || Array.isArray(patch))) {
    throw badRequest('error decoding patch: the patch must be a JSON object');
  }
  let reported = false;
  return (stored) => {
    const patched = apply(stored as KubeObject, patch, expected.type.schema ?? '') as KubeObject;
    const { unknown, typeErrors } = expected.type.check(patched);
    if (typeErrors.length > 0)
      throw invalid({ group: '', kind: '' }, '', [field.invalid('patch', text, typeErrors[0]!)]);
    // An attempt that is repeated after a lost race finds the same again.
    if (!reported) report(call, expected, [...duplicates, ...unknown], validation);
    reported = true;
    expected.type.prune(patched);
    patched.metadata ??= {};
    return patched as T;
  };
}

function parsePatch(text: string, findDuplicates: boolean): ReturnType<typeof parseJson> {
  try {
    return parseJson(text, findDuplicates);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badRequest(`error decoding patch: ${error.message}`);
  }
}
