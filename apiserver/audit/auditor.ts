/**
 * The audit step: asks the policy about each request, and follows those that are recorded to their end. The event of a complete
 * answer is handed on before the answer is sent, so whoever has an answer to a write can find the write in the log.
 *
 * Upstream: apiserver/pkg/endpoints/filters/{audit,authn_audit}.go. There the last event comes after the answer has been sent.
 */
import type { ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import { internalError } from '../../api/errors.ts';
import type { Status } from '../../api/types.ts';
import { isLongRunning } from '../flow-control/flow-control.ts';
import type { Answer, Call, Reply } from '../request/call.ts';
import { Pieces } from '../request/pieces.ts';
import { foreseen } from '../request/status.ts';
import { eventOf } from './event.ts';
import { countLevel, rejected } from './metrics.ts';
import { now } from './micro-time.ts';
import { evaluate, type Policy } from './policy.ts';
import { AuditRecord, type Sink } from './record.ts';

export class Auditor {
  readonly #policy: Policy;
  readonly #sink: Sink;

  constructor(policy: Policy, sink: Sink) {
    this.#policy = policy;
    this.#sink = sink;
  }

  /** Has a request of a known user answered, and records it. */
  async follow(call: Call, answer: () => Promise<Reply>): Promise<Reply> {
    const record = this.#recordOf(call, true);
    if (!record) return answer();
    call.audit = record;
    if (!record.received()) {
      rejected.inc();
      throw internalError('failed to store audit event');
    }
    try {
      const reply = await answer();
      if ('body' in reply) return await recordAnswer(record, reply);
      if ('tunnel' in reply)
        return { tunnel: (client, head) => through(record, 101, () => reply.tunnel(client, head)) };
      return {
        stream: (response) => {
          onHead(response, (code) => record.responseStarted(code));
          return through(record, undefined, () => reply.stream(response));
        },
      };
    } catch (error) {
      recordRefusal(record, error);
      throw error;
    }
  }

  /** Records a request whose credentials are not good. */
  unauthenticated(call: Call, error: unknown): void {
    const refusal = foreseen(error);
    if (refusal) this.#recordOf(call, false)?.refusedUnauthenticated(refusal, attempted(call));
  }

  #recordOf(call: Call, authenticated: boolean): AuditRecord | undefined {
    const user = authenticated ? call.user : undefined;
    const decision = evaluate(this.#policy, user, call.info);
    countLevel(decision.level);
    if (decision.level === 'None') return undefined;
    const event = eventOf(call, user, decision.level, now());
    return new AuditRecord(call, event, decision, isLongRunning(call.info), this.#sink);
  }
}

async function recordAnswer(record: AuditRecord, answer: Answer): Promise<Answer> {
  const { status, body } = answer;
  const isStatus = typeof body === 'string' && body.startsWith('{"kind":"Status"');
  const response = record.wantsResponse ? await objectOf(answer) : undefined;
  record.responseComplete(status, isStatus ? (JSON.parse(body) as Status) : undefined, response);
  return answer;
}

/** Runs a stream; `code` is known for what begins with a head of its own. */
async function through(record: AuditRecord, code: number | undefined, run: () => Promise<void>): Promise<void> {
  if (code !== undefined) record.responseStarted(code);
  try {
    await run();
    record.streamEnded();
  } catch (error) {
    if (record.hasStarted) record.streamEnded();
    else recordRefusal(record, error);
    throw error;
  }
}

function recordRefusal(record: AuditRecord, error: unknown): void {
  const refusal = foreseen(error);
  if (!refusal) {
    record.panicked(error);
    return;
  }
  const status = refusal.toStatus();
  record.responseComplete(refusal.code, status, record.wantsResponse ? status : undefined);
}

/** Calls back when the head of the response is written. */
function onHead(response: ServerResponse, written: (code: number) => void): void {
  const writeHead = response.writeHead;
  response.writeHead = (...args: unknown[]) => {
    response.writeHead = writeHead;
    written(args[0] as number);
    return Reflect.apply(writeHead, response, args) as ServerResponse;
  };
}

/** The object in a body; undefined where there is none. */
async function objectOf({ contentType, body }: Answer): Promise<unknown> {
  const text = (): string => (body instanceof Pieces ? body.join() : body).toString();
  if (contentType.startsWith('application/json')) return JSON.parse(text());
  if (!contentType.startsWith('application/yaml')) return undefined;
  const { parseYaml } = await import('../../api/parse-yaml.ts');
  return parseYaml(text()).value;
}

/** What the caller has tried, as the event says it. */
function attempted({ headers, query, raw }: Call): string {
  const methods: string[] = [];
  const [scheme = '', credentials] = (headers.authorization ?? '').trim().split(' ');
  if (scheme.toLowerCase() === 'basic') methods.push('basic');
  if (scheme.toLowerCase() === 'bearer' && credentials !== undefined) methods.push('bearer');
  if (query.get('access_token')) methods.push('access_token');
  if (raw.socket instanceof TLSSocket && Object.keys(raw.socket.getPeerCertificate() ?? {}).length > 0)
    methods.push('x509');
  if (methods.length === 0) return 'Authentication failed, no credentials provided';
  return `Authentication failed, attempted: ${methods.join(', ')}`;
}
