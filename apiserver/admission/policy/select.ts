/**
 * Which of the policies in force a request is up against, with which bindings and parameters.
 *
 * Upstream: apiserver/pkg/admission/plugin/policy/generic/policy_dispatcher.go
 */
import { ApiError } from '../../../api/errors.ts';
import type { KubeObject } from '../../../api/types.ts';
import type { Resource } from '../../registry/resource.ts';
import { type Versioned, versionedFor } from '../matching/equivalent.ts';
import { match } from '../matching/match.ts';
import type { Admission } from '../plugin.ts';
import type { Binding } from './binding.ts';
import type { Hook } from './hooks.ts';
import { ConfigurationError, collectParams, paramResource } from './params.ts';
import type { PolicyBase } from './policy-base.ts';

/** One policy that is to be asked, once for each of the parameters. */
export interface Invocation<Policy> {
  policy: Policy;
  binding: Binding;
  /** The objects of the request as the policy sees them. */
  versioned: Versioned;
  params: readonly (KubeObject | undefined)[];
}

/** A policy that cannot be asked, or a binding of it. */
export interface Misconfigured<Policy> {
  policy: Policy;
  binding: Binding | undefined;
  why: string;
}

export interface Selected<Policy> {
  invocations: readonly Invocation<Policy>[];
  misconfigured: readonly Misconfigured<Policy>[];
}

/** The invocations of one policy, in order. */
export async function select<Policy extends PolicyBase>(
  { policy, bindings }: Hook<Policy>,
  admission: Admission,
): Promise<Selected<Policy>> {
  const invocations: Invocation<Policy>[] = [];
  const misconfigured: Misconfigured<Policy>[] = [];
  const report = (binding: Binding | undefined, error: unknown): void => {
    if (!(error instanceof ConfigurationError || error instanceof ApiError)) throw error;
    const why = `failed to configure ${binding ? 'binding' : 'policy'}: ${error.message}`;
    misconfigured.push({ policy, binding, why });
  };
  try {
    const target = match(policy.criteria, admission);
    if (!target) return { invocations, misconfigured };
    const resource = policy.paramKind && paramResource(admission.served, policy.paramKind);
    for (const binding of bindings) {
      try {
        if (!match(binding.criteria, admission)) continue;
        const params = await collectParams(admission, resource, binding.paramRef);
        invocations.push({ policy, binding, versioned: await converted(target, admission), params });
      } catch (error) {
        report(binding, error);
      }
    }
  } catch (error) {
    report(undefined, error);
  }
  return { invocations, misconfigured };
}

async function converted(target: Resource, admission: Admission): Promise<Versioned> {
  try {
    return await versionedFor(target, admission);
  } catch (error) {
    throw new ConfigurationError(`failed to convert object version: ${(error as Error).message}`);
  }
}
