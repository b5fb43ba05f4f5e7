/**
 * One request's way into the log: what is learned of it while it is answered, and an event at each of its stages.
 *
 * Upstream: apiserver/pkg/endpoints/filters/audit.go, apiserver/pkg/audit/request.go
 */
import { type AuditEvent, auditLevels, type Level, revisionAnnotation, type Stage } from '../../api/audit-event.ts';
import type { ApiError } from '../../api/errors.ts';
import type { Status } from '../../api/types.ts';
import type { AuditTrail } from '../request/audit-trail.ts';
import type { Call } from '../request/call.ts';
import { userInfoOf } from './event.ts';
import { withoutManagedFields } from './managed-fields.ts';
import { microTime, now } from './micro-time.ts';
import type { AuditDecision } from './policy.ts';

/** Takes an event; false when it could not be kept. */
export type Sink = (event: AuditEvent) => boolean;

/** Of a request that wrote more objects than this, the first are named. */
const maxWrites = 1000;

/** Whether `level` has what `wanted` has. */
const covers = (level: Level, wanted: Level): boolean => auditLevels.indexOf(level) >= auditLevels.indexOf(wanted);

/** What the object of a request tells of itself. */
const identifying = ['namespace', 'name', 'uid', 'resourceVersion'] as const;

const closedEarly = 'Connection closed early';

export class AuditRecord implements AuditTrail {
  readonly #call: Call;
  readonly #decision: AuditDecision;
  readonly #sink: Sink;
  readonly #longRunning: boolean;
  readonly #event: AuditEvent;
  #started = false;
  #writes: { name: string; revision: number }[] | undefined;
  #moreWrites = 0;

  constructor(call: Call, event: AuditEvent, decision: AuditDecision, longRunning: boolean, sink: Sink) {
    this.#call = call;
    this.#event = event;
    this.#decision = decision;
    this.#longRunning = longRunning;
    this.#sink = sink;
  }

  get wantsRequest(): boolean {
    return covers(this.#decision.level, 'Request');
  }

  /** Whether the answer's body belongs into the event. */
  get wantsResponse(): boolean {
    return covers(this.#decision.level, 'RequestResponse') && this.#call.info.isResource;
  }

  /** Whether the head of a stream has been sent. */
  get hasStarted(): boolean {
    return this.#started;
  }

  requested(body: unknown): void {
    const ref = this.#event.objectRef;
    if (!ref) return;
    const { metadata } = Object(body) as { metadata?: unknown };
    const given = Object(metadata) as Record<string, unknown>;
    // A patch may have anything there.
    for (const name of identifying) {
      const value = given[name];
      if (typeof value === 'string' && value !== '') ref[name] ??= value;
    }
    if (!this.wantsRequest) return;
    // What comes after decoding changes the object.
    this.#event.requestObject = JSON.parse(JSON.stringify(this.#shown(body)));
  }

  wrote(name: string, revision: number): void {
    this.#writes ??= [];
    if (this.#writes.length < maxWrites) this.#writes.push({ name, revision });
    else this.#moreWrites += 1;
    const ref = this.#event.objectRef;
    // The name that was generated.
    if (ref && this.#event.verb === 'create') ref.name ??= name;
  }

  /** The request has come. False when that could not be kept. */
  received(): boolean {
    return this.#emit('RequestReceived');
  }

  /** The head of a stream has been sent. */
  responseStarted(code: number): void {
    if (this.#started) return;
    this.#started = true;
    this.#event.responseStatus = { metadata: {}, code };
    if (this.#longRunning) this.#emit('ResponseStarted');
  }

  /** The answer is complete. `status` is the body where that is a Status; `response` the body, where it is wanted. */
  responseComplete(code: number, status?: Partial<Status>, response?: unknown): void {
    if (!this.#started) this.responseStarted(code);
    this.#event.responseStatus = statusOf(code, status);
    if (response !== undefined) this.#event.responseObject = this.#shown(response);
    this.#emit('ResponseComplete');
  }

  /** The stream is over, however it ended. */
  streamEnded(): void {
    if (!this.#started) this.responseComplete(200, { status: 'Success', message: closedEarly });
    else this.#emit('ResponseComplete');
  }

  /** Who asked could not be authenticated. */
  refusedUnauthenticated(error: ApiError, attempted: string): void {
    this.#event.responseStatus = statusOf(error.code, { ...error.toStatus(), message: attempted });
    this.#emit('ResponseStarted');
  }

  /** Something that nobody foresaw. */
  panicked(error: unknown): void {
    const message = `APIServer panic'd: ${error instanceof Error ? error.message : String(error)}`;
    this.#event.responseStatus = statusOf(500, { status: 'Failure', reason: 'InternalError', message });
    this.#emit('Panic');
  }

  #emit(stage: Stage): boolean {
    if (this.#decision.omitStages.includes(stage)) return true;
    const { impersonator, impersonationConstraint, user, auditAnnotations } = this.#call;
    const event = this.#event;
    event.stage = stage;
    if (stage !== 'RequestReceived') event.stageTimestamp = microTime(now());
    if (impersonator) event.impersonatedUser = userInfoOf(user);
    if (impersonationConstraint) event.authenticationMetadata = { impersonationConstraint };
    const revision = this.#revision();
    const annotations = revision ? { ...auditAnnotations, [revisionAnnotation]: revision } : auditAnnotations;
    if (Object.keys(annotations).length > 0) event.annotations = annotations;
    return this.#sink(event);
  }

  #revision(): string {
    const writes = this.#writes;
    if (!writes) return '';
    const own = writes.every(({ name }) => name === this.#event.objectRef?.name);
    const list = writes.map(({ name, revision }) => (own ? String(revision) : `${name}=${revision}`));
    if (this.#moreWrites > 0) list.push(`and ${this.#moreWrites} more`);
    return list.join(',');
  }

  #shown(body: unknown): unknown {
    return this.#decision.omitManagedFields ? withoutManagedFields(body) : body;
  }
}

const statusOf = (code: number, { status, message, reason, details }: Partial<Status> = {}) => ({
  metadata: {} as Record<string, never>,
  ...(status && { status }),
  ...(message && { message }),
  ...(reason && { reason }),
  ...(details && { details }),
  code,
});
