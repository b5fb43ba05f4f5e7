/** Finds the kinds that quotas name on the server, which is asked only for those that are not known yet. */
import type { ResourceName } from '../../api/kind.ts';
import { countName, type GroupResource } from '../../api/quota/counted-kinds.ts';
import type { RestClient } from '../../client/rest.ts';
import { discover } from '../discovery.ts';

/** The server is not asked more often than this. */
const askAgainMs = 1_000;

export class QuotableKinds {
  readonly #client: RestClient;
  readonly #now: () => number;
  #known = new Map<string, ResourceName>();
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(client: RestClient, now: () => number) {
    this.#client = client;
    this.#now = now;
  }

  /** Those that the server has, lists and watches in namespaces. */
  async find(wanted: readonly GroupResource[]): Promise<ResourceName[]> {
    const missing = wanted.some((kind) => !this.#known.has(countName(kind)));
    if (missing && this.#now() - this.#askedAt >= askAgainMs) {
      this.#askedAt = this.#now();
      const found = (await discover(this.#client)).filter(
        ({ namespaced, verbs }) => namespaced && ['list', 'watch'].every((verb) => verbs.includes(verb)),
      );
      this.#known = new Map(found.map((kind) => [countName(kind), kind]));
    }
    return wanted.flatMap((kind) => this.#known.get(countName(kind)) ?? []);
  }

  /** The server has the kind no longer. */
  forget(kind: GroupResource): void {
    this.#known.delete(countName(kind));
  }
}
