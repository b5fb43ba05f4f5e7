/**
 * All webhooks of one kind of configuration, in the order in which they are asked: by the configuration's name, then as they stand
 * in it. They are compiled when they are first needed after a change, and each configuration only when it has changed itself.
 *
 * Upstream: apiserver/pkg/admission/configuration/{mutating,validating}_webhook_manager.go
 */
import type { Entry } from '../../cache/entry.ts';
import type { Resources } from '../../registry/resources.ts';
import { type Hook, hooksOf } from './hook.ts';

export class Hooks {
  readonly #resources: Resources;
  readonly #plural: string;
  #compiled = new Map<Entry, readonly Hook[]>();
  /** Undefined after a change. */
  #all: readonly Hook[] | undefined;

  constructor(resources: Resources, plural: 'mutatingwebhookconfigurations' | 'validatingwebhookconfigurations') {
    this.#resources = resources;
    this.#plural = plural;
    const forget = (): void => {
      this.#all = undefined;
    };
    resources.must('admissionregistration.k8s.io', plural).cache.subscribe({ changed: forget, lost: forget });
  }

  all(): readonly Hook[] {
    this.#all ??= this.#compile();
    return this.#all;
  }

  #compile(): readonly Hook[] {
    const { cache } = this.#resources.must('admissionregistration.k8s.io', this.#plural);
    const before = this.#compiled;
    this.#compiled = new Map(
      cache.list().map((entry) => [entry, before.get(entry) ?? hooksOf(this.#resources, entry.object)]),
    );
    return [...this.#compiled.values()].flat();
  }
}
