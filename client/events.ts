/**
 * Events: what a component tells people about an object. Recording never fails or delays the caller; an event that
 * repeats raises the count of the one before instead of adding another.
 *
 * Upstream: client-go/tools/record. Left out: aggregation of similar events into one "combined" event.
 */
import { ApiError } from '../api/errors.ts';
import { events } from '../api/kinds/events.ts';
import { rfc3339 } from '../api/meta.ts';
import type { Event, KubeObject } from '../api/types.ts';
import type { Logger } from './component/log.ts';
import type { RestClient } from './rest.ts';

export type EventType = 'Normal' | 'Warning';

/** What an event is about. `fieldPath` names a part: `spec.containers{web}`. */
export interface EventSubject {
  kind: string;
  apiVersion: string;
  namespace?: string | undefined;
  name: string;
  uid: string;
  resourceVersion?: string | undefined;
  fieldPath?: string | undefined;
}

/** Events about one object from one source: a burst, then one in five minutes, as Kubernetes limits them. */
const spam = { burst: 25, refillMs: 5 * 60_000 };
/** How many different events are remembered for counting. */
const remembered = 4096;

export class EventRecorder {
  readonly #client: RestClient;
  readonly #source: { component: string; host?: string };
  readonly #logger: Logger;
  readonly #known = new Map<string, Event>();
  readonly #buckets = new Map<string, { tokens: number; at: number }>();
  /** Writes go one after another, so that a count never overtakes the creation it counts from. */
  #writes: Promise<void> = Promise.resolve();

  constructor(client: RestClient, source: { component: string; host?: string }, logger: Logger) {
    this.#client = client;
    this.#source = source;
    this.#logger = logger;
  }

  /** Records what happened to `subject`; an API object is taken as its own subject. */
  event(subject: EventSubject | KubeObject, type: EventType, reason: string, message: string): void {
    const about = 'metadata' in subject ? subjectOf(subject) : subject;
    if (!this.#allowed(about)) return;
    this.#writes = this.#writes
      .then(() => this.#write(about, type, reason, message))
      .catch((error) => this.#logger.warn({ err: error, reason, object: about.name }, 'Event was not recorded'));
  }

  /** Resolves when everything recorded so far has been written or given up. */
  flush(): Promise<void> {
    return this.#writes;
  }

  async #write(about: EventSubject, type: EventType, reason: string, message: string): Promise<void> {
    const key = [about.uid, about.name, about.fieldPath, type, reason, message].join('\0');
    const known = this.#known.get(key);
    const now = rfc3339();
    const client = this.#client.of(events);
    if (known) {
      try {
        const body = { count: (known.count ?? 1) + 1, lastTimestamp: now };
        this.#remember(key, await client.patch(known.metadata.name!, known.metadata.namespace, body));
        return;
      } catch (error) {
        // Events expire; one that is gone is recorded anew.
        if (!(error instanceof ApiError && error.code === 404)) throw error;
      }
    }
    const namespace = about.namespace || 'default';
    const created = await client.create({
      metadata: { name: `${about.name}.${uniqueSuffix()}`, namespace },
      involvedObject: { ...about },
      type,
      reason,
      message,
      source: this.#source,
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      reportingComponent: this.#source.component,
      reportingInstance: this.#source.host ?? '',
    });
    this.#remember(key, created);
  }

  #remember(key: string, event: Event): void {
    this.#known.delete(key);
    this.#known.set(key, event);
    if (this.#known.size > remembered) this.#known.delete(this.#known.keys().next().value!);
  }

  #allowed(about: EventSubject): boolean {
    const key = `${about.kind}/${about.namespace}/${about.name}/${about.uid}`;
    const now = Date.now();
    const bucket = this.#buckets.get(key) ?? { tokens: spam.burst, at: now };
    const tokens = Math.min(spam.burst, bucket.tokens + (now - bucket.at) / spam.refillMs);
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: Math.max(tokens - 1, 0), at: now });
    if (this.#buckets.size > remembered) this.#buckets.delete(this.#buckets.keys().next().value!);
    return tokens >= 1;
  }
}

/** Hexadecimal nanoseconds, the suffix that Kubernetes gives event names. */
const uniqueSuffix = (): string =>
  (BigInt(Date.now()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n)).toString(16);

function subjectOf(object: KubeObject): EventSubject {
  const { name = '', namespace, uid = '', resourceVersion } = object.metadata;
  return { kind: object.kind ?? '', apiVersion: object.apiVersion ?? '', name, namespace, uid, resourceVersion };
}
