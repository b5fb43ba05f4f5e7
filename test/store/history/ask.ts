/**
 * Asks a server what the model is asked, and brings answers into one form, so that they can be compared.
 *
 * Left out of answers: identities and the Raft term. Two things differ from run to run in etcd itself: the remaining
 * time of a lease, and the order of a lease's keys.
 */
import { EtcdError } from '../../../api/etcd-errors.ts';
import type { EtcdClient } from '../../../client/etcd/client.ts';
import type { Request } from '../model/types.ts';

const byteFields = new Set(['key', 'rangeEnd', 'value']);
const identities = new Set(['clusterId', 'memberId', 'raftTerm']);

/** Text of bytes as bytes, at any depth. */
export function toWire(value: unknown, field = ''): never {
  const converted = (): unknown => {
    if (typeof value === 'string') return byteFields.has(field) ? Buffer.from(value, 'latin1') : value;
    if (Array.isArray(value)) return value.map((item) => toWire(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toWire(member, name)]));
  };
  return converted() as never;
}

/** Bytes as text; what is undefined is left out. */
export function fromWire(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (Array.isArray(value)) return value.map(fromWire);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, member]) => !identities.has(name) && member !== undefined)
      .map(([name, member]) => [name, fromWire(member)]),
  );
}

/** The answer, or the code and text of the refusal. Other failures are thrown. */
export async function ask(
  client: EtcdClient,
  { kind, ...body }: Exclude<Request, { kind: 'advance' }>,
): Promise<object> {
  try {
    return comparable(await client[kind](toWire(body)));
  } catch (error) {
    if (!(error instanceof EtcdError) || error.code === unavailable || error.code === deadlineExceeded) throw error;
    return { code: error.code, message: error.message };
  }
}

const unavailable = 14;
const deadlineExceeded = 4;

/** An answer of the model or of a server in the form that is compared. */
export function comparable(response: object): object {
  const answer = fromWire(response) as { grantedTtl?: number; ttl?: number | string; keys?: string[] };
  if (answer.grantedTtl) return { ...answer, ttl: 'remaining', keys: answer.keys?.toSorted() };
  return answer;
}
