/**
 * All policies of one kind that are in force: each with its bindings, compiled when it is first needed after a change of it. A policy
 * without a binding does nothing, so it is not even compiled.
 *
 * Upstream: apiserver/pkg/admission/plugin/policy/generic/policy_source.go
 */
import type { KubeObject } from '../../../api/types.ts';
import type { Entry } from '../../cache/entry.ts';
import type { WatchCache } from '../../cache/watch-cache.ts';
import type { Resources } from '../../registry/resources.ts';
import { type Binding, compileBinding } from './binding.ts';

export interface Hook<Policy> {
  policy: Policy;
  bindings: readonly Binding[];
}

const group = 'admissionregistration.k8s.io';

export class Hooks<Policy> {
  readonly #policies: WatchCache;
  readonly #bindings: WatchCache;
  readonly #compile: (policy: KubeObject) => Policy;
  #compiled = new Map<Entry, Policy>();
  /** Undefined after a change. */
  #all: readonly Hook<Policy>[] | undefined;

  constructor(resources: Resources, kind: 'mutating' | 'validating', compile: (policy: KubeObject) => Policy) {
    this.#policies = resources.must(group, `${kind}admissionpolicies`).cache;
    this.#bindings = resources.must(group, `${kind}admissionpolicybindings`).cache;
    this.#compile = compile;
    const forget = (): void => {
      this.#all = undefined;
    };
    for (const cache of [this.#policies, this.#bindings]) cache.subscribe({ changed: forget, lost: forget });
  }

  /** By name. */
  all(): readonly Hook<Policy>[] {
    this.#all ??= this.#make();
    return this.#all;
  }

  #make(): readonly Hook<Policy>[] {
    const bindings = Map.groupBy(
      this.#bindings.list().map(({ object }) => compileBinding(object)),
      ({ policyName }) => policyName,
    );
    const before = this.#compiled;
    this.#compiled = new Map();
    return this.#policies.list().flatMap((entry) => {
      const own = bindings.get(entry.key);
      if (!own) return [];
      const policy = before.get(entry) ?? this.#compile(entry.object);
      this.#compiled.set(entry, policy);
      return [{ policy, bindings: own }];
    });
  }
}
