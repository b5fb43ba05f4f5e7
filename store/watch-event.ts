/** One event, as the hub and the log hand it to watchers. */
import type { Event } from '../api/etcd.ts';
import type { Init } from '../api/protobuf.ts';
import type { Change } from './mvcc.ts';

export interface WatchEvent {
  revision: number;
  change: Change;
}

/** What a watcher is sent. The versions in it are encoded already, however many get them. */
export const eventMessage = ({ change: { type, kv, prevKv } }: WatchEvent, withPrevious: boolean): Init<Event> =>
  withPrevious && prevKv ? { type, kv, prevKv } : { type, kv };

/** What a type and three lengths take, at most. */
const overhead = 24;

/** How many bytes the message takes, at most. */
export const eventBytes = ({ change: { kv, prevKv } }: WatchEvent, withPrevious: boolean): number =>
  overhead + kv.length + (withPrevious ? (prevKv?.length ?? 0) : 0);
