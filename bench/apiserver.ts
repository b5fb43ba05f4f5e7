/**
 * The API server beside its floor: a bare fastify route over TLS that parses the same bodies and answers with the same
 * payloads; both as processes on this machine, in the same run, in turns, driven by the same C client.
 *
 *     node bench/apiserver.ts                  everything; takes about 12 minutes
 *     node bench/apiserver.ts --quick          fewer and shorter rounds; about 2 minutes
 *     node bench/apiserver.ts --only get,list  some topics
 *
 * `README.md` says how to read it.
 */
import { fanOut } from './apiserver/fan-out.ts';
import { flatness } from './apiserver/flatness.ts';
import { memory } from './apiserver/memory.ts';
import { apply, create, get, list, update } from './apiserver/requests.ts';
import { removeAll } from './apiserver/servers.ts';
import { runTopics } from './run-topics.ts';

await runTopics({
  topics: { get, list, create, update, apply, fanout: fanOut, memory, flat: flatness },
  onlyInFull: ['flat'],
  needed: { wrk: 'wrk' },
  columns: ['apiserver', 'floor'],
  removeAll,
});
