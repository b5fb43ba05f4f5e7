/**
 * What the writer of the crash test asks for, and what it tells the test about it.
 *
 * An operation has a number; the values that it puts contain it (`valueFor`), so a value that is found says which
 * operation wrote it, and an operation of which only some values are found was torn.
 */
import { createHash } from 'node:crypto';

interface Base {
  id: number;
  /** The highest revision that was acknowledged when it was sent. What it writes must be later. */
  after: number;
}

/** Everything of one operation happens, at one revision, or nothing. */
export type Operation = Base &
  (
    | { kind: 'put'; key: string; bytes: number; lease?: string }
    /** Puts every key and deletes one, if `guard` has not changed since `guardRevision`. */
    | { kind: 'txn'; keys: string[]; bytes: number; drop?: string; guard?: string; guardRevision?: number }
    | { kind: 'delete'; key: string; rangeEnd: string | undefined }
    | { kind: 'grant'; lease: string; ttl: number }
    | { kind: 'revoke'; lease: string }
    | { kind: 'keepAlive'; lease: string }
  );

/** What was answered. `done` is false for a guarded txn that did nothing, and for a lease that is not there. */
export interface Acknowledged {
  type: 'acknowledged';
  id: number;
  revision: number;
  done: boolean;
}

/** From the writer to the test, in this order for each operation: sent, then one of the others, or neither. */
export type Report =
  | { type: 'sent'; operation: Operation }
  | Acknowledged
  /** Refused with an error of etcd's: nothing happened. */
  | { type: 'refused'; id: number }
  /** Every operation is answered or lost, and no other is sent. */
  | { type: 'idle' };

/** From the test to the writer. */
export type Order = { type: 'write' } | { type: 'rest' };

/** The value that operation `id` puts under a key: its number, then bytes that do not compress. */
export function valueFor(id: number, key: string, bytes: number): Buffer {
  const filler = createHash('shake256', { outputLength: bytes }).update(`${id} ${key}`).digest();
  return Buffer.concat([Buffer.from(`${id} `), filler]);
}

/** The number of the operation that put a value. */
export const operationOf = (value: Buffer): number => Number.parseInt(value.subarray(0, 12).toString('latin1'), 10);
