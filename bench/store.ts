/**
 * The store beside Debian's etcd: both as processes on this machine, in the same run, in turns, driven by the same client.
 *
 *     node bench/store.ts                  everything; takes about 15 minutes
 *     node bench/store.ts --quick          fewer rounds, sizes and keys, no check perf; about 100 seconds
 *     node bench/store.ts --only put,txn   some topics
 *
 * `README.md` says how to read it.
 */
import { runTopics } from './run-topics.ts';
import { checkPerf } from './store/check-perf.ts';
import { flatness } from './store/flatness.ts';
import { memory, startUp } from './store/footprint.ts';
import { manyKeys } from './store/many-keys.ts';
import { ownStream } from './store/own-stream.ts';
import { removeAll } from './store/servers.ts';
import { put, range, txn } from './store/unary.ts';
import { fanOut, watchLatency } from './store/watch.ts';
import type { Topic } from './topic.ts';

const topics: Record<string, Topic> = {
  put,
  range,
  txn,
  keys: manyKeys,
  stream: ownStream,
  watch: watchLatency,
  fanout: fanOut,
  memory,
  start: startUp,
  flat: flatness,
  'check-perf': checkPerf,
};
/** The programs, and Debian's packages of them. */
const needed = { etcd: 'etcd-server', etcdctl: 'etcd-client', h2load: 'nghttp2-client' };

await runTopics({ topics, onlyInFull: ['check-perf'], needed, columns: ['store', 'etcd'], removeAll });
