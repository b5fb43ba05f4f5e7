/**
 * Whether a webhook is asked about a request, and in which version it sees the objects.
 *
 * Upstream: apiserver/pkg/admission/plugin/webhook/generic/webhook.go ShouldCallHook
 */
import { CompileError } from '../../../api/cel/compile.ts';
import { forbidden, internalError } from '../../../api/errors.ts';
import type { Resource } from '../../registry/resource.ts';
import { RequestBindings } from '../matching/bindings.ts';
import { meets } from '../matching/conditions.ts';
import { type Versioned, versionedFor } from '../matching/equivalent.ts';
import { ExpressionError, OutOfBudgetError } from '../matching/evaluation.ts';
import { match } from '../matching/match.ts';
import type { Admission } from '../plugin.ts';
import type { Hook } from './hook.ts';

/** Undefined when it is not asked. Throws when that cannot be told. */
export async function select(hook: Hook, admission: Admission): Promise<Versioned | undefined> {
  const target = match(hook.criteria, admission);
  if (!target) return undefined;
  const versioned = await inVersion(target, admission);
  return meetsConditions(hook, admission, versioned) ? versioned : undefined;
}

const foreseen = [CompileError, ExpressionError, OutOfBudgetError];

/** Throws a 403 when it cannot be told and the webhook must not be passed over. */
function meetsConditions(hook: Hook, admission: Admission, versioned: Versioned): boolean {
  try {
    const conditions = hook.conditions();
    return conditions.length === 0 || meets(conditions, new RequestBindings(admission, versioned));
  } catch (error) {
    if (!foreseen.some((known) => error instanceof known)) throw error;
    if (hook.ignoreFailure) return false;
    throw forbidden(admission.resource.kind, admission.name, (error as Error).message);
  }
}

async function inVersion(target: Resource, admission: Admission): Promise<Versioned> {
  try {
    return await versionedFor(target, admission);
  } catch (error) {
    throw internalError((error as Error).message);
  }
}
