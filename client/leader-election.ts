/**
 * Leader election on a Lease: of several copies of a process one works, and the others wait until its lease runs out.
 *
 * A candidate never compares its clock with another machine's: it counts `leaseDuration` from the moment at which it
 * last saw the lease change. A leader that cannot renew within `renewDeadline` gives up before others may take over.
 *
 * Upstream: client-go/tools/leaderelection. Left out: coordinated election.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../api/errors.ts';
import { leases } from '../api/kinds/leases.ts';
import { rfc3339Micro } from '../api/meta.ts';
import type { Lease } from '../api/types.ts';
import type { FlagTable, FlagValues } from './component/flags.ts';
import type { Logger } from './component/log.ts';
import type { RestClient } from './rest.ts';

/** The flags of an elected process; `lease` is the default name of its Lease. */
export const leaderElectionFlags = <const Name extends string>(lease: Name) =>
  ({
    'leader-elect': { type: 'bool', default: 'true', help: 'Work only while holding the lease.' },
    'leader-elect-lease-duration': {
      type: 'duration',
      default: '15s',
      help: 'How long others wait after the last renewal before they take over.',
    },
    'leader-elect-renew-deadline': {
      type: 'duration',
      default: '10s',
      help: 'How long the leader tries to renew before it gives up.',
    },
    'leader-elect-retry-period': { type: 'duration', default: '2s', help: 'Time between two attempts.' },
    'leader-elect-resource-name': { type: 'string', default: lease, help: 'Name of the Lease.' },
    'leader-elect-resource-namespace': { type: 'string', default: 'kube-system', help: 'Namespace of the Lease.' },
  }) as const satisfies FlagTable;

export type LeaderElectionFlags = FlagValues<ReturnType<typeof leaderElectionFlags>>;

export type Decision = 'create' | 'take' | 'renew' | 'wait';

/**
 * What a candidate does about the lease it has read. `seenAt` is when (on this machine's clock) it first saw the lease
 * as it is now.
 */
export function decide(lease: Lease | undefined, identity: string, seenAt: number, now: number): Decision {
  if (!lease) return 'create';
  const { holderIdentity, leaseDurationSeconds = 0 } = lease.spec ?? {};
  if (holderIdentity === identity) return 'renew';
  return !holderIdentity || seenAt + leaseDurationSeconds * 1000 <= now ? 'take' : 'wait';
}

export class LeaderElector {
  readonly #client: RestClient;
  readonly #flags: LeaderElectionFlags;
  readonly #logger: Logger;
  readonly identity = `${hostname()}_${randomUUID()}`;
  #lease: Lease | undefined;
  #seenAt = 0;

  constructor(client: RestClient, flags: LeaderElectionFlags, logger: Logger) {
    const lease = flags['leader-elect-lease-duration'];
    const renew = flags['leader-elect-renew-deadline'];
    const retry = flags['leader-elect-retry-period'];
    if (lease <= renew) throw new Error('--leader-elect-lease-duration must be greater than the renew deadline');
    if (renew <= retry * 1.2) throw new Error('--leader-elect-renew-deadline must be greater than 1.2 retry periods');
    this.#client = client;
    this.#flags = flags;
    this.#logger = logger;
  }

  /**
   * Waits for leadership, then runs `lead` until `signal` aborts; the lease is given back then, so that a successor need
   * not wait. Rejects when leadership was lost: the process must end, because another may already be working.
   */
  async run(lead: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    if (!this.#flags['leader-elect']) return lead(signal);
    while (!signal.aborted && !(await this.#attempt())) await this.#pause(signal);
    if (signal.aborted) return;
    this.#logger.info({ identity: this.identity }, 'Became leader');
    const lost = new AbortController();
    const leading = lead(AbortSignal.any([signal, lost.signal]));
    try {
      await this.#keepRenewing(signal);
    } finally {
      lost.abort();
    }
    await leading;
    await this.#release();
  }

  async #keepRenewing(signal: AbortSignal): Promise<void> {
    let renewedAt = Date.now();
    while (!signal.aborted) {
      await this.#pause(signal);
      if (signal.aborted) return;
      if (await this.#attempt()) renewedAt = Date.now();
      else if (Date.now() - renewedAt > this.#flags['leader-elect-renew-deadline'])
        throw new Error('leader election lost');
    }
  }

  /** Reads the lease, decides, writes. True while this candidate holds it. */
  async #attempt(): Promise<boolean> {
    try {
      this.#observe(await this.#read());
      const decision = decide(this.#lease, this.identity, this.#seenAt, Date.now());
      if (decision === 'wait') return false;
      const next = this.#record(decision);
      const client = this.#client.of(leases);
      this.#observe(decision === 'create' ? await client.create(next) : await client.update(next));
      return true;
    } catch (error) {
      this.#logger.debug({ err: error }, 'Attempt to hold the lease failed');
      return false;
    }
  }

  async #read(): Promise<Lease | undefined> {
    const { 'leader-elect-resource-name': name, 'leader-elect-resource-namespace': namespace } = this.#flags;
    try {
      return await this.#client.of(leases).get(name, namespace);
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return undefined;
      throw error;
    }
  }

  #observe(lease: Lease | undefined): void {
    if (lease?.metadata.resourceVersion !== this.#lease?.metadata.resourceVersion) this.#seenAt = Date.now();
    this.#lease = lease;
  }

  /** The lease as this candidate writes it; an update carries the version that was read. */
  #record(decision: Decision): Lease {
    const now = rfc3339Micro();
    const spec = this.#lease?.spec;
    const renewal = decision === 'renew';
    return {
      metadata: this.#lease?.metadata ?? {
        name: this.#flags['leader-elect-resource-name'],
        namespace: this.#flags['leader-elect-resource-namespace'],
      },
      spec: {
        holderIdentity: this.identity,
        leaseDurationSeconds: Math.ceil(this.#flags['leader-elect-lease-duration'] / 1000),
        acquireTime: renewal && spec?.acquireTime ? spec.acquireTime : now,
        renewTime: now,
        leaseTransitions: (spec?.leaseTransitions ?? 0) + (decision === 'take' ? 1 : 0),
      },
    };
  }

  async #release(): Promise<void> {
    const lease = this.#lease;
    if (lease?.spec?.holderIdentity !== this.identity) return;
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: rfc3339Micro() };
    await this.#client
      .of(leases)
      .update({ ...lease, spec })
      .catch((error) => this.#logger.debug({ err: error }, 'The lease was not given back'));
  }

  async #pause(signal: AbortSignal): Promise<void> {
    // Jitter keeps candidates from asking in step.
    const ms = this.#flags['leader-elect-retry-period'] * (1 + Math.random() * 0.2);
    await sleep(ms, undefined, { signal }).catch(() => undefined);
  }
}
