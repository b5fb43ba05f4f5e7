/**
 * API Priority and Fairness: every request belongs to a flow of a FlowSchema, every FlowSchema to a priority level, and every
 * level has seats of its own. So a greedy client holds up neither another level nor, at its own, anyone else for long.
 *
 * - Exempt levels pass at once.
 * - A request that finds no seat waits in one of its flow's queues, at most for a quarter of the request timeout.
 * - A watch takes a seat until it has begun; logs, execs and the like take none.
 * - Schemas and levels are those in the caches, as they change.
 *
 * Upstream: apiserver/pkg/server/filters/priority-and-fairness.go, util/flowcontrol/{apf_controller,apf_filter}.go
 */
import { ApiError, tooManyRequests } from '../../api/errors.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '../../api/types.ts';
import type { User } from '../authn/user.ts';
import type { Change, Subscriber, WatchCache } from '../cache/watch-cache.ts';
import type { Call } from '../request/call.ts';
import type { RequestInfo } from '../request/info.ts';
import { distinguisherOf, inOrderOfPrecedence, matches, type Rules, rulesFor } from './classify.ts';
import { mandatoryLevels, mandatorySchemas } from './configuration.ts';
import { doNothing, type FlowControl, isLongRunning, refusal, requestKindOf } from './flow-control.ts';
import {
  estimatedSeats,
  type Figures,
  type FlowFigures,
  inflight,
  inqueue,
  newFigures,
  observeExecution,
  queueLength,
  waitDuration,
} from './metrics.ts';
import { type Decision, QueueSet, type Refusal } from './queue-set.ts';
import { isExempt, limitsOf } from './seats.ts';
import { flowHash } from './shuffle-shard.ts';
import { seatsOf } from './work-estimate.ts';

export interface Options {
  schemas: Pick<WatchCache, 'list' | 'subscribe'>;
  levels: Pick<WatchCache, 'list' | 'subscribe'>;
  /** Seats of the whole server. */
  seats: number;
  /** How long a request may wait for its turn. */
  waitMs: number;
  /** How many objects a kind has. */
  stored(info: RequestInfo): number;
}

interface Level {
  name: string;
  uid: string;
  seats: number;
  /** Undefined for an exempt one. */
  queues: QueueSet | undefined;
}

interface Schema {
  schema: FlowSchema;
  level: Level;
  figures: FlowFigures;
  headers: Record<string, string>;
  /** Hashes of its flows, by distinguisher. */
  hashes: Map<string, bigint>;
}

/** A schema, with those of its rules that are about one user. */
interface Candidate {
  schema: Schema;
  rules: Rules[];
}

const maxKnownFlows = 1000;

const seconds = (): number => performance.now() / 1000;

export class PriorityAndFairness implements FlowControl, Subscriber, Figures {
  readonly #options: Options;
  #schemas: Schema[] = [];
  /** What each user may be classified as. */
  #candidates = new WeakMap<User, Candidate[]>();
  #levels = new Map<string, Level>();
  #figures = new Map<string, FlowFigures>();

  constructor(options: Options) {
    this.#options = options;
    this.#configure();
    options.schemas.subscribe(this);
    options.levels.subscribe(this);
  }

  changed(_changes: Change[]): void {
    this.#configure();
  }

  lost(): void {
    this.#configure();
  }

  flows(): Iterable<FlowFigures> {
    return this.#figures.values();
  }

  *levels(): Iterable<{ name: string; seats: number; demand: number }> {
    for (const { name, seats, queues } of this.#levels.values()) {
      yield { name, seats, demand: queues ? queues.seatsInUse + queues.seatsWaiting : 0 };
    }
  }

  enter(call: Call): (() => void) | Promise<() => void> {
    const { info, user } = call;
    if (isLongRunning(info) && info.verb !== 'watch') return doNothing;
    const found = this.#candidatesOf(user).find(({ rules }) => matches(rules, info))?.schema;
    // The catch-all schema matches everybody who has been authenticated.
    if (!found) throw new ApiError(403, 'Forbidden', `no FlowSchema matches user ${JSON.stringify(user.name)}`);
    Object.assign(call.replyHeaders, found.headers);
    const { level, figures } = found;
    if (!level.queues) return begin(call, figures, 0);
    const seats = seatsOf(info, call.query, this.#options.stored(info), level.seats);
    if (seats > 1) estimatedSeats.observe(labelsOf(figures), seats);
    return this.#queue(call, level.queues, hashOf(found, call), seats, figures);
  }

  #queue(
    call: Call,
    queues: QueueSet,
    flow: bigint,
    seats: number,
    figures: FlowFigures,
  ): (() => void) | Promise<() => void> {
    let decided: Decision | undefined;
    let wake: ((decision: Decision) => void) | undefined;
    const ticket = queues.arrive(flow, seats, (decision) => {
      decided = decision;
      wake?.(decision);
    });
    const start = (): (() => void) => {
      const finish = begin(call, figures, seats);
      return () => {
        finish();
        queues.finish(ticket!);
      };
    };
    if (decided === 'execute') return start();
    if (decided !== undefined || !ticket) throw refuse(figures, decided ?? 'queue-full');

    const kind = requestKindOf(call.info);
    const since = seconds();
    inqueue[kind] += 1;
    figures.waiting += 1;
    figures.waitingSeats += seats;
    queueLength.observe(labelsOf(figures), queues.waiting);
    const timer = setTimeout(() => queues.abandon(ticket, 'time-out'), this.#options.waitMs);
    const leave = (): void => queues.abandon(ticket, 'cancelled');
    call.signal.addEventListener('abort', leave, { once: true });
    return new Promise<Decision>((resolve) => {
      wake = resolve;
    }).then((decision) => {
      clearTimeout(timer);
      call.signal.removeEventListener('abort', leave);
      inqueue[kind] -= 1;
      figures.waiting -= 1;
      figures.waitingSeats -= seats;
      call.queuedSeconds = seconds() - since;
      waitDuration.observe({ ...labelsOf(figures), execute: String(decision === 'execute') }, call.queuedSeconds);
      if (decision !== 'execute') throw refuse(figures, decision);
      return start();
    });
  }

  #candidatesOf(user: User): Candidate[] {
    let candidates = this.#candidates.get(user);
    if (!candidates) {
      candidates = this.#schemas
        .map((schema) => ({ schema, rules: rulesFor(schema.schema, user) }))
        .filter(({ rules }) => rules.length > 0);
      this.#candidates.set(user, candidates);
    }
    return candidates;
  }

  /** Takes over what the caches say now. Requests that are under way keep the queues that they are in. */
  #configure(): void {
    const levels = withMandatory(objectsOf<PriorityLevelConfiguration>(this.#options.levels), mandatoryLevels);
    const limits = limitsOf(levels, this.#options.seats);
    const before = this.#levels;
    this.#levels = new Map(
      levels.map((object, i) => {
        const { name = '', uid = '' } = object.metadata;
        const { seats } = limits[i]!;
        let queues: QueueSet | undefined;
        if (!isExempt(object)) {
          queues = before.get(name)?.queues;
          if (queues) queues.configure(limits[i]!);
          else queues = new QueueSet(seconds, limits[i]!);
        }
        return [name, { name, uid, seats, queues }];
      }),
    );
    const schemas = withMandatory(objectsOf<FlowSchema>(this.#options.schemas), mandatorySchemas);
    this.#schemas = inOrderOfPrecedence(schemas).flatMap((schema) => this.#schema(schema));
    this.#candidates = new WeakMap();
    this.#figures = new Map(this.#schemas.map(({ figures }) => [keyOf(figures), figures]));
  }

  /** Nothing for a schema whose level does not exist: it is as if it were not there. */
  #schema(schema: FlowSchema): Schema[] {
    const level = this.#levels.get(schema.spec?.priorityLevelConfiguration.name ?? '');
    if (!level) return [];
    const { name = '', uid = '' } = schema.metadata;
    const fresh = newFigures(level.name, name);
    const figures = this.#figures.get(keyOf(fresh)) ?? fresh;
    const headers = { 'X-Kubernetes-Pf-Flowschema-Uid': uid, 'X-Kubernetes-Pf-Prioritylevel-Uid': level.uid };
    return [{ schema, level, figures, headers, hashes: new Map() }];
  }
}

const objectsOf = <T>(cache: Pick<WatchCache, 'list'>): T[] => cache.list().map((entry) => entry.object as T);

/** With the mandatory objects where they are missing. */
function withMandatory<T extends FlowSchema | PriorityLevelConfiguration>(objects: T[], mandatory: readonly T[]): T[] {
  const names = new Set(objects.map(({ metadata }) => metadata.name));
  return [...objects, ...mandatory.filter(({ metadata }) => !names.has(metadata.name))];
}

function hashOf({ schema, hashes }: Schema, { user, info }: Call): bigint {
  const distinguisher = distinguisherOf(schema, user, info);
  let hash = hashes.get(distinguisher);
  if (hash === undefined) {
    hash = flowHash(schema.metadata.name ?? '', distinguisher);
    if (hashes.size < maxKnownFlows) hashes.set(distinguisher, hash);
  }
  return hash;
}

const keyOf = ({ level, schema }: FlowFigures): string => `${level}/${schema}`;

const labelsOf = ({ level, schema }: FlowFigures) => ({ priority_level: level, flow_schema: schema });

function refuse(figures: FlowFigures, why: Refusal): ApiError {
  figures.rejected[why] = (figures.rejected[why] ?? 0) + 1;
  return tooManyRequests(refusal);
}

/** Counts the request as being worked on until the result is called. */
function begin({ info }: Call, figures: FlowFigures, seats: number): () => void {
  const kind = requestKindOf(info);
  const since = seconds();
  inflight[kind] += 1;
  figures.dispatched += 1;
  figures.executing += 1;
  figures.seats += seats;
  return () => {
    inflight[kind] -= 1;
    figures.executing -= 1;
    figures.seats -= seats;
    observeExecution(figures, info.verb === 'watch', seconds() - since);
  };
}
