/** One kind of request at a time, with everything on and with everything off. */

import { pod } from '../apiserver/payload.ts';
import { rowsOf, secondsOf } from '../apiserver/requests.ts';
import { type Ours, podsIn } from '../apiserver/servers.ts';
import { type Load, type Measured, wrk } from '../apiserver/wrk.ts';
import { type Comparison, compareSamples, warmUp } from '../rounds.ts';
import type { Table } from '../table.ts';
import type { Options } from '../topic.ts';
import { everything } from './features.ts';
import { type Compared, podCount, podToUpdate, secret, withBoth } from './servers.ts';
import { namespace, userToken } from './user.ts';

const connections = 32;
const atLeast = 0.85;
const note = `wrk, ${connections} connections, a user with one binding among 10,000; medians of alternating rounds`;

/** What is asked of a server; `round` makes names that are used once. */
type LoadOf = (server: Ours, round: number) => Promise<Omit<Load, 'connections' | 'token'>>;

const pods = (server: Ours): string => `${server.url}${podsIn(namespace)}`;
const secretsOf = (server: Ours): string => `${server.url}/api/v1/namespaces/${namespace}/secrets`;
const once = (round: number): string => `r${round}-${Math.random().toString(36).slice(2, 7)}-`;
const sent = JSON.stringify(pod('{n}', '{i}'));

/** Of a pod, its namespace, or all of them. */
export const podLoads = {
  get: async (server) => ({ url: `${pods(server)}/first` }),
  list: async (server) => ({ url: `${pods(server)}?limit=100` }),
  create: async (server, round) => ({ url: pods(server), method: 'POST', body: sent, prefix: once(round) }),
  update: async (server) => {
    const body = await podToUpdate(server);
    return { url: `${pods(server)}/{n}`, method: 'PUT', body, prefix: 'pod-', names: podCount };
  },
} satisfies Record<string, LoadOf>;

const secretLoads = {
  'get a Secret': async (server) => ({ url: `${secretsOf(server)}/first` }),
  'create a Secret': async (server, round) => ({
    url: secretsOf(server),
    method: 'POST',
    body: JSON.stringify(secret('{n}', '{i}')),
    prefix: once(round),
  }),
} satisfies Record<string, LoadOf>;

/** Compares the two once both have had time to compile what they need. */
export async function compare(
  { on, off }: Compared,
  loadOf: LoadOf,
  options: Options,
): Promise<Record<keyof Measured, Comparison>> {
  let round = 0;
  const run = async (server: Ours): Promise<Record<keyof Measured, number>> => {
    const load = await loadOf(server, round++);
    return wrk({ ...load, connections, token: userToken }, secondsOf(options));
  };
  for (const server of [on, off]) await warmUp(async () => (await run(server)).rate);
  return compareSamples(
    options.rounds,
    () => run(on),
    () => run(off),
  );
}

/** A topic with all features on, and a few kinds of request. */
const topic =
  (title: string, loads: Record<string, LoadOf>) =>
  (options: Options): Promise<Table> =>
    withBoth(everything, async (servers) => {
      const rows = [];
      for (const [what, loadOf] of Object.entries(loads)) {
        rows.push(...rowsOf(what, await compare(servers, loadOf, options), atLeast));
      }
      return { title, note, rows };
    });

export const get = topic('Get', { 'get a pod': podLoads.get });
export const list = topic('List', { 'list 100 of 1,000 pods': podLoads.list });
export const create = topic('Create', { 'create a pod': podLoads.create });
export const update = topic('Update', { 'update a pod': podLoads.update });
/** Which are encrypted. */
export const secrets = topic('Secrets', secretLoads);
