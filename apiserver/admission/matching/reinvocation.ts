/**
 * Who is asked again: of those who change objects, some want to know of what others change after them. All who change objects run in
 * one round, and in a second one when one of these has changed the object in the first.
 *
 * Upstream: apiserver/pkg/admission/{reinvocation.go,plugin/webhook/mutating/reinvocationcontext.go,plugin/policy/mutating/reinvocationcontext.go}
 */
import { cloneJson, isEqual } from '../../../api/patch/json.ts';
import type { KubeObject } from '../../../api/types.ts';
import type { Admission } from '../plugin.ts';

/** The rounds of one plugin on one request. */
export class Reinvocation {
  readonly #admission: Admission;
  /** Asked so far, and want to know of later changes. */
  readonly #invoked = new Set<string>();
  /** To be asked again, because something has changed after them. */
  readonly #again = new Set<string>();
  #output: KubeObject | undefined;

  constructor(admission: Admission) {
    this.#admission = admission;
  }

  get second(): boolean {
    return this.#admission.again === 'running';
  }

  begin(): void {
    // Plugins of the server itself have changed the object in their second round.
    if (this.second && !isEqual(this.#output, this.#admission.object)) this.#askAgain();
  }

  /** Whether the one of that name is asked in this round. */
  concerns(id: string): boolean {
    return !this.second || this.#again.has(id);
  }

  /** One has been asked. */
  asked(id: string, { changed, reinvoke }: { changed: boolean; reinvoke: boolean }): void {
    if (changed) {
      this.#askAgain();
      if (!this.second) this.#admission.again = 'wanted';
    }
    if (reinvoke) this.#invoked.add(id);
  }

  /** What comes out is remembered only where somebody may want to know of changes. */
  end(): void {
    if (!this.second && this.#invoked.size + this.#again.size > 0) this.#output = cloneJson(this.#admission.object);
  }

  #askAgain(): void {
    for (const id of this.#invoked) this.#again.add(id);
    this.#invoked.clear();
  }
}

/** The rounds of a plugin on the requests that it has seen. */
export class Reinvocations {
  readonly #known = new WeakMap<Admission, Reinvocation>();

  of(admission: Admission): Reinvocation {
    let known = this.#known.get(admission);
    if (!known) {
      known = new Reinvocation(admission);
      this.#known.set(admission, known);
    }
    return known;
  }
}
