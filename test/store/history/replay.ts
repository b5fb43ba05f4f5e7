/** Runs a history against servers, step by step beside the model, and tells where they first differ. */
import { EtcdClient } from '../../../client/etcd/client.ts';
import { type EtcdServer, startEtcd, startStore } from '../../harness/etcd.ts';
import { emptyState, type State } from '../model/state.ts';
import { step as modelStep } from '../model/step.ts';
import { ask, comparable } from './ask.ts';
import { type Step, show, showHistory } from './steps.ts';
import { assertSame, type Difference, DifferenceError, Watches, type WatchesOptions } from './watches.ts';

/** A server that is compared. */
export interface Subject extends WatchesOptions {
  name: 'store' | 'etcd';
  transport: 'auto' | 'plain';
  start(): Promise<EtcdServer>;
  /** Not sent to this server. */
  skips?(step: Step): boolean;
}

/** `metricsPort` must be free. `auto` is our own stream for calls, `plain` is what every other client uses. */
export function store(metricsPort: number, transport: Subject['transport'] = 'auto'): Subject {
  const metrics = `http://127.0.0.1:${metricsPort}`;
  return {
    name: 'store',
    transport,
    start: () => startStore({ flags: ['--listen-metrics-urls', metrics] }),
    isUpToDate: async (watches) => (await metric(metrics, 'etcd_debugging_mvcc_watcher_total')) === watches,
    isLost: () => false,
  };
}

/** `port` and the one after it must be free. */
export function etcd(port: number): Subject {
  return {
    name: 'etcd',
    transport: 'plain',
    start: () => startEtcd(port),
    isUpToDate: async () => (await metric(`http://127.0.0.1:${port}`, 'etcd_debugging_mvcc_slow_watcher_total')) === 0,
    // Before 3.5.11 a negative start revision is taken for one long ago, and not refused.
    skips: (step) => step.kind === 'watch' && (step.startRevision ?? 0) < 0,
    // Before 3.5.20 a deletion at the compact revision was deleted as well, so that a watch from there misses it.
    isLost: ({ compactRevision }, { type, kv }) => type === 'DELETE' && kv.modRevision === compactRevision,
  };
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

export interface Failure extends Difference {
  subject: Subject;
  index: number;
  steps: Step[];
}

/** On servers without data. Undefined when all of them did what the model says. */
export async function replay(steps: Step[], subjects: Subject[]): Promise<Failure | undefined> {
  const running = await Promise.all(subjects.map((subject) => Running.start(subject)));
  try {
    let state = emptyState;
    for (const [index, step] of [...steps, atEnd].entries()) {
      let next = state;
      let expected: object | undefined;
      if (isRequest(step)) {
        const [after, response] = modelStep(state, step);
        next = after;
        expected = comparable(response);
      }
      const failures = await Promise.all(
        running.map(async (one) => {
          const difference = await one.run(state, step, expected);
          return difference && { subject: one.subject, index, steps, ...difference };
        }),
      );
      const failure = failures.find((one) => one !== undefined);
      if (failure) return failure;
      state = next;
    }
    return undefined;
  } finally {
    await Promise.all(running.map((one) => one.end()));
  }
}

/** Rests, and so compares what was watched last. */
const atEnd: Step = { kind: 'progress' };

type RequestStep = Exclude<Step, { kind: 'watch' | 'cancelWatch' | 'progress' | 'restart' }>;

const isRequest = (step: Step): step is RequestStep =>
  !['watch', 'cancelWatch', 'progress', 'restart'].includes(step.kind);

/** One server and what is open on it. */
class Running {
  readonly subject: Subject;
  readonly #server: EtcdServer;
  readonly #watches: Watches;
  #client: EtcdClient;

  static async start(subject: Subject): Promise<Running> {
    return new Running(subject, await subject.start());
  }

  constructor(subject: Subject, server: EtcdServer) {
    this.subject = subject;
    this.#server = server;
    this.#client = this.#connect();
    this.#watches = new Watches(server.endpoint, subject);
  }

  #connect(): EtcdClient {
    return new EtcdClient({ endpoint: this.#server.endpoint, transport: this.subject.transport });
  }

  async run(state: State, step: Step, expected: object | undefined): Promise<Difference | undefined> {
    try {
      await this.#run(state, step, expected);
      return undefined;
    } catch (error) {
      if (error instanceof DifferenceError) return error.difference;
      return { expected: expected ?? 'an answer', actual: `${error}` };
    }
  }

  async #run(state: State, step: Step, expected: object | undefined): Promise<void> {
    if (this.subject.skips?.(step)) return;
    if (step.kind === 'watch') await this.#watches.create(state, step);
    else if (step.kind === 'cancelWatch') await this.#watches.cancel(state, step.watchId);
    else if (step.kind === 'progress') await this.#watches.progress(state);
    else if (step.kind === 'restart') {
      if (this.subject.name === 'store') await this.#restart(state, step.signal);
    } else {
      if (step.kind === 'compact') await this.#watches.rest(state);
      assertSame(expected, await ask(this.#client, step));
    }
  }

  async #restart(state: State, signal: NodeJS.Signals): Promise<void> {
    await this.#watches.rest(state);
    this.#client.close();
    await this.#server.stop(signal);
    await this.#server.restart();
    this.#client = this.#connect();
    await this.#watches.resume(state);
  }

  async end(): Promise<void> {
    this.#watches.close();
    this.#client.close();
    await this.#server.remove();
  }
}

/** What to print of a failure. */
export function describeFailure({ subject, index, steps, expected, actual }: Failure): string {
  return [
    `${subject.name} differs from the model at step ${index}: ${show(steps[index] ?? 'the end')}`,
    `model: ${show(expected)}`,
    `${subject.name}: ${show(actual)}`,
    `history:\n${showHistory(steps.slice(0, index + 1))}`,
  ].join('\n');
}
