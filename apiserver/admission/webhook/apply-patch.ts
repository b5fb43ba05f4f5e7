/**
 * Applies the patch of a webhook to the object of a request: what comes out must still be an object of that kind, gets the defaults
 * that it lacks, and loses what its type does not have.
 *
 * Upstream: apiserver/pkg/admission/plugin/webhook/mutating/dispatcher.go callAttrMutatingHook, endpoints/handlers/fieldmanager/admission.go
 */
import { internalError } from '../../../api/errors.ts';
import { apiVersionOf } from '../../../api/kind.ts';
import { shownText } from '../../../api/meta.ts';
import { isEqual, isObject } from '../../../api/patch/json.ts';
import { applyOperations, PatchFailure } from '../../../api/patch/json-patch.ts';
import type { KubeObject } from '../../../api/types.ts';
import { kindIn, type Versioned } from '../matching/equivalent.ts';
import { takeMutated } from '../matching/take-mutated.ts';
import type { Admission } from '../plugin.ts';
import { CallError } from './failures.ts';
import type { Hook } from './hook.ts';
import type { Verdict } from './review.ts';

/** The operations of an answer's patch; none where it has no patch. Throws a CallError for a patch that cannot be read. */
export function operationsOf(hook: Hook, { patch, patchType }: Verdict): unknown[] {
  if (patch === undefined) return [];
  const undecodable = (why: string): Error =>
    new CallError(hook.name, `received undecodable patch in webhook response: ${why}`);
  let operations: unknown;
  try {
    operations = JSON.parse(patch);
  } catch (error) {
    throw undecodable((error as Error).message);
  }
  if (operations === null) return [];
  if (!Array.isArray(operations)) throw undecodable('json: cannot unmarshal into Go value of type jsonpatch.Patch');
  if (operations.length > 0 && patchType !== 'JSONPatch') {
    throw new CallError(hook.name, `unsupported patch type ${JSON.stringify(patchType)}`);
  }
  return operations;
}

/** Changes the object of the request. Returns whether the patch has changed anything. */
export async function applyPatch(
  hook: Hook,
  admission: Admission,
  versioned: Versioned,
  operations: readonly unknown[],
): Promise<boolean> {
  const { target } = versioned;
  if (!versioned.object) {
    const what = 'attempted to modify the object, which is not supported for this operation';
    throw internalError(`admission webhook ${JSON.stringify(hook.name)} ${what}`);
  }
  const patched = patch(versioned.object, operations);
  checkKind(hook, patched, kindIn(target, admission));
  const changed = !isEqual(patched, versioned.object);
  await takeMutated(admission, target, patched);
  return changed;
}

function patch(object: KubeObject, operations: readonly unknown[]): KubeObject {
  try {
    return applyOperations(object, operations);
  } catch (error) {
    if (error instanceof PatchFailure) throw internalError(error.message);
    throw error;
  }
}

/** A patch changes an object, and does not make another one of it. */
function checkKind(hook: Hook, patched: unknown, kind: Admission['kind']): asserts patched is KubeObject {
  const found = isObject(patched) ? patched : {};
  if (found['kind'] === kind.kind && found['apiVersion'] === apiVersionOf(kind)) return;
  const became = `${shownText(found['apiVersion'])}, Kind=${shownText(found['kind'])}`;
  const was = `${apiVersionOf(kind)}, Kind=${kind.kind}`;
  throw internalError(`admission webhook ${JSON.stringify(hook.name)} attempted to make ${became} of ${was}`);
}
