/** Two API servers, one with the features that are measured and one without any, each with the same pods and Secrets. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeObject } from '../../api/types.ts';
import { pod } from '../apiserver/payload.ts';
import { type Ours, podsIn, removeAll, startOurs } from '../apiserver/servers.ts';
import { token } from '../apiserver/wrk.ts';
import { scratch } from '../scratch.ts';
import { type Feature, flagsOf } from './features.ts';
import { groups, namespace, user, userToken } from './user.ts';

/** How many pods there are, beside the first. */
export const podCount = 1000;

export interface Compared {
  on: Ours;
  off: Ours;
}

/** Runs `use` with both, and removes them afterwards. */
export async function withBoth<T>(features: readonly Feature[], use: (servers: Compared) => Promise<T>): Promise<T> {
  try {
    return await use({ on: await started(0, features), off: await started(1, []) });
  } finally {
    await removeAll();
  }
}

let folders = 0;

async function started(offset: number, features: readonly Feature[]): Promise<Ours> {
  const folder = join(scratch(), `server-${folders++}`);
  mkdirSync(folder);
  const tokens = join(folder, 'tokens');
  writeFileSync(tokens, `${token},benchmark,1,system:masters\n${userToken},${user},2,"${groups.join(',')}"\n`);
  const server = await startOurs(offset, { ...flagsOf(features, folder), 'token-auth-file': tokens });
  const post = (path: string, object: object) => server.ask('POST', path, JSON.stringify(object));
  await post('/api/v1/namespaces', { metadata: { name: namespace } });
  await post(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'default' } });
  for (const { prepare } of features) await prepare?.(server);
  await post(`/api/v1/namespaces/${namespace}/secrets`, secret('first', '0'));
  await post(podsIn(namespace), podWithoutToken('first'));
  for (let from = 0; from < podCount; from += 50) {
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => post(podsIn(namespace), podWithoutToken(`pod-${from + i}`))),
    );
  }
  return server;
}

/** The volume of a token has a name that is made up, and one pod's would not do for the next. */
function podWithoutToken(name: string) {
  const made = pod(name, '0');
  return { ...made, spec: { ...made.spec, automountServiceAccountToken: false } };
}

/** A Secret of a kilobyte. `i` is a label. */
export const secret = (name: string, i: string) => ({
  metadata: { name, labels: { i } },
  data: { password: Buffer.alloc(1000, 'x').toString('base64') },
});

/** The first pod as a client sends it back with another name and another label: `{n}` and `{i}`. */
export async function podToUpdate(server: Ours): Promise<string> {
  const { metadata, ...rest } = JSON.parse(await server.ask('GET', `${podsIn(namespace)}/first`)) as KubeObject;
  const { labels, annotations } = metadata;
  return JSON.stringify({ ...rest, metadata: { name: '{n}', annotations, labels: { ...labels, i: '{i}' } } });
}
