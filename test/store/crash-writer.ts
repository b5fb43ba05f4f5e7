/**
 * The writer of the crash test, a process of its own: `node crash-writer.ts ENDPOINT SEED MAX-BYTES`. On the order to write it keeps
 * many operations in flight until the store dies or the order to rest comes, and reports each one when it is sent and when it is answered. Reports
 * leave before the next operation is sent, so the test knows of everything that may have happened.
 */
import { prefixEnd, type TxnRequest } from '../../api/etcd.ts';
import { EtcdError, grpcCode } from '../../api/etcd-errors.ts';
import type { Init } from '../../api/protobuf.ts';
import { EtcdClient } from '../../client/etcd/client.ts';
import { randomFrom } from '../harness/random.ts';
import { type Operation, type Order, type Report, valueFor } from './crash-operations.ts';

const [endpoint, seed, maxBytes] = process.argv.slice(2);
const workers = 24;
const sharedKeys = 24;

const random = randomFrom(Number(seed));
let writing = false;
let nextId = 1;
let acknowledgedRevision = 0;

let unsent: Report[] = [];
/** What one turn reports goes as one message. */
function report(item: Report): void {
  if (unsent.push(item) > 1) return;
  setImmediate(() => {
    process.send!(unsent);
    unsent = [];
  });
}

/** What a worker knows of the keys and leases that only it writes. */
class Worker {
  readonly #name: string;
  readonly #revisions = new Map<string, number>();
  readonly #leases: string[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  /** Until the store is gone, or the order to rest. */
  async run(client: EtcdClient): Promise<void> {
    while (writing) {
      const operation = this.#next();
      report({ type: 'sent', operation });
      try {
        const { revision, done } = await perform(client, operation);
        acknowledgedRevision = Math.max(acknowledgedRevision, revision);
        this.#learn(operation, revision, done);
        report({ type: 'acknowledged', id: operation.id, revision, done });
      } catch (error) {
        if (!(error instanceof EtcdError)) throw error;
        if (!isRefusal(error)) return;
        this.#forgetLease(operation);
        report({ type: 'refused', id: operation.id });
      }
    }
  }

  #next(): Operation {
    const base = { id: nextId++, after: acknowledgedRevision };
    const bytes = random(4) === 0 ? random(Number(maxBytes)) : random(100);
    const lease = this.#leases[random(this.#leases.length || 1)];
    const kind = random(100);
    if (kind < 40) return { ...base, kind: 'put', key: this.#key(), bytes, ...(lease && random(3) === 0 && { lease }) };
    if (kind < 60) return { ...base, kind: 'txn', keys: this.#distinctKeys(), bytes };
    if (kind < 68) {
      const [drop, ...keys] = this.#distinctKeys();
      return { ...base, kind: 'txn', keys, bytes, drop: drop! };
    }
    if (kind < 80) {
      const guard = this.#ownKey();
      return { ...base, kind: 'txn', keys: [guard], bytes, guard, guardRevision: this.#revisions.get(guard) ?? 0 };
    }
    if (kind < 86) return { ...base, kind: 'delete', key: this.#key(), rangeEnd: undefined };
    if (kind < 88) {
      const prefix = random(2) === 0 ? `${this.#name}/` : 'shared/1';
      return { ...base, kind: 'delete', key: prefix, rangeEnd: prefixEnd(prefix).toString() };
    }
    if (kind < 92 || !lease) {
      return { ...base, kind: 'grant', lease: String(1000 + base.id), ttl: random(8) === 0 ? 2 : 600 };
    }
    return { ...base, kind: kind < 95 ? 'revoke' : 'keepAlive', lease };
  }

  #ownKey = (): string => `${this.#name}/${random(10)}`;
  #key = (): string => (random(3) === 0 ? `shared/${random(sharedKeys)}` : this.#ownKey());

  #distinctKeys(): string[] {
    const keys = new Set<string>();
    for (const wanted = 2 + random(4); keys.size < wanted; ) keys.add(this.#key());
    return [...keys];
  }

  #learn(operation: Operation, revision: number, done: boolean): void {
    if (operation.kind === 'grant') this.#leases.push(operation.lease);
    if (operation.kind === 'revoke' || (operation.kind === 'keepAlive' && !done)) this.#forgetLease(operation);
    if (operation.kind === 'put') this.#revisions.set(operation.key, revision);
    if (operation.kind === 'txn' && done) for (const key of operation.keys) this.#revisions.set(key, revision);
  }

  #forgetLease(operation: Operation): void {
    const at = 'lease' in operation ? this.#leases.indexOf(operation.lease!) : -1;
    if (at >= 0) this.#leases.splice(at, 1);
  }
}

/** Codes that the client makes up when the store is gone say nothing about what happened. */
const isRefusal = ({ code }: EtcdError): boolean =>
  [grpcCode.invalidArgument, grpcCode.notFound, grpcCode.failedPrecondition].some((refusal) => refusal === code);

async function perform(client: EtcdClient, operation: Operation): Promise<{ revision: number; done: boolean }> {
  switch (operation.kind) {
    case 'put': {
      const { id, key, bytes, lease = '0' } = operation;
      const { header } = await client.put({ key, value: valueFor(id, key, bytes), lease: BigInt(lease) });
      return { revision: header!.revision, done: true };
    }
    case 'txn': {
      const { header, succeeded } = await client.txn(txnRequest(operation));
      return { revision: header!.revision, done: succeeded };
    }
    case 'delete': {
      const { key, rangeEnd } = operation;
      const { header, deleted } = await client.deleteRange(rangeEnd === undefined ? { key } : { key, rangeEnd });
      return { revision: header!.revision, done: deleted > 0 };
    }
    case 'grant': {
      const { header } = await client.leaseGrant({ id: BigInt(operation.lease), ttl: operation.ttl });
      return { revision: header!.revision, done: true };
    }
    case 'revoke': {
      const { header } = await client.leaseRevoke({ id: BigInt(operation.lease) });
      return { revision: header!.revision, done: true };
    }
    case 'keepAlive': {
      const { header, ttl } = await client.leaseKeepAlive({ id: BigInt(operation.lease) });
      return { revision: header!.revision, done: ttl > 0 };
    }
  }
}

function txnRequest(operation: Operation & { kind: 'txn' }): Init<TxnRequest> {
  const { id, keys, bytes, drop, guard, guardRevision } = operation;
  return {
    compare: guard ? [{ target: 'MOD', result: 'EQUAL', key: guard, modRevision: guardRevision }] : [],
    success: [
      ...keys.map((key) => ({ requestPut: { key, value: valueFor(id, key, bytes) } })),
      ...(drop ? [{ requestDeleteRange: { key: drop } }] : []),
    ],
  };
}

const all = Array.from({ length: workers }, (_, i) => new Worker(`w${i}`));

async function write(): Promise<void> {
  writing = true;
  const client = new EtcdClient({ endpoint: endpoint! });
  await Promise.all(all.map((worker) => worker.run(client)));
  client.close();
  report({ type: 'idle' });
}

process.on('message', (order: Order) => {
  if (order.type === 'write') void write();
  else writing = false;
});
process.on('disconnect', () => process.exit());
