/**
 * What access control costs: the same API server twice, in the same run, in turns, driven by the same C client. One has everything on
 * that decides, changes, refuses, records and encrypts; the other lets everybody do everything and keeps no log.
 *
 *     node bench/access.ts                     everything; takes about 12 minutes
 *     node bench/access.ts --quick             fewer and shorter rounds; about 3 minutes
 *     node bench/access.ts --only get,create   some topics
 *
 * `README.md` says how to read it. What a single decision costs: `authorization.ts`.
 */
import { breakdown } from './access/breakdown.ts';
import { create, get, list, secrets, update } from './access/requests.ts';
import { removeAll } from './apiserver/servers.ts';
import { runTopics } from './run-topics.ts';

await runTopics({
  topics: { get, list, create, update, secrets, breakdown },
  needed: { wrk: 'wrk' },
  columns: ['on', 'off'],
  removeAll,
});
