/**
 * Maintenance.Snapshot: the whole database as it is when the call begins, while writes go on.
 *
 * LevelDB keeps the moment, and what the client does not take stays on disk: the memory used is one read of the
 * database and what the transport buffers before it reports congestion. The database is walked twice, because the
 * first answer already says how many bytes will follow.
 *
 * Upstream: server/etcdserver/api/v3rpc/maintenance.go (Snapshot)
 */
import { createHash } from 'node:crypto';
import type { SnapshotRequest, SnapshotResponse } from '../api/etcd-maintenance.ts';
import type { Init, TypeOf } from '../api/protobuf.ts';
import { entries } from './entries.ts';
import { encodeSnapshot } from './snapshot-format.ts';
import { storageVersion } from './status.ts';
import { headerAt, type Store } from './store.ts';
import type { Incoming, Outgoing } from './stream.ts';

type Request = TypeOf<typeof SnapshotRequest>;

/** One call. `receive` resolves when everything is sent. */
export class SnapshotStream implements Incoming<Request> {
  readonly outlivesRequests = false;
  readonly #store: Store;
  readonly #out: Outgoing<Init<SnapshotResponse>>;
  #begun = false;
  #closed = false;
  /** Wakes whoever waits for the client, or for the end of the call. */
  #wake: () => void = () => undefined;

  constructor(store: Store, out: Outgoing<Init<SnapshotResponse>>) {
    this.#store = store;
    this.#out = out;
    out.onDrain(() => this.#wake());
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }

  async receive(): Promise<void> {
    // The method takes one request; more of them would mix their answers.
    if (this.#begun) return;
    this.#begun = true;
    const { database, mvcc } = this.#store;
    await mvcc.commit.durable();
    const header = headerAt(this.#store, mvcc.durableRevision);
    const snapshot = database.snapshot();
    try {
      let remainingBytes = 0;
      for await (const chunk of encodeSnapshot(entries(database, { snapshot }))) {
        if (this.#closed) return;
        remainingBytes += chunk.length;
      }
      const sha256 = createHash('sha256');
      for await (const blob of encodeSnapshot(entries(database, { snapshot }))) {
        if (this.#closed) return;
        remainingBytes -= blob.length;
        sha256.update(blob);
        await this.#send({ header, remainingBytes, blob, version: storageVersion });
      }
      await this.#send({ header, blob: sha256.digest(), version: storageVersion });
    } finally {
      await snapshot.close();
    }
  }

  async #send(response: Init<SnapshotResponse>): Promise<void> {
    if (this.#closed || this.#out.send(response)) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}
