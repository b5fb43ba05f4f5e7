/**
 * What is compared, each a process of its own on loopback: the API server on our store, and the floor. Both use the same
 * certificate.
 *
 * Whoever starts one through here has it ended and its data removed by `removeAll`, also when it was still starting.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { ApiServer } from '../../test/harness/apiserver.ts';
import { type EtcdServer, startStore } from '../../test/harness/etcd.ts';
import { scratch } from '../scratch.ts';
import { pod } from './payload.ts';
import { token } from './wrk.ts';

/** An HTTPS server under measurement. */
export interface Target {
  url: string;
  pid: number;
  /** Any request; the answer's text. Throws unless it succeeds. */
  ask(method: string, path: string, body?: string | Buffer, type?: string): Promise<string>;
}

export interface Ours extends Target {
  store: EtcdServer;
}

export interface Servers {
  ours: Ours;
  floor: Target;
}

const basePort = 25_680;
const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
const closers: (() => Promise<unknown>)[] = [];

/** Runs `use` with both, the first empty but for what every server makes, and removes them afterwards. */
export async function withServers<T>(use: (servers: Servers) => Promise<T>): Promise<T> {
  try {
    const { ours, server } = await startBoth();
    return await use({ ours, floor: await startFloor(server) });
  } finally {
    await removeAll();
  }
}

/** An API server on a store of its own, with more flags. A second one at a time needs another `offset`. */
export const startOurs = async (offset = 0, flags: Record<string, string> = {}): Promise<Ours> =>
  (await startBoth(offset, flags)).ours;

async function startBoth(offset = 0, flags: Record<string, string> = {}): Promise<{ ours: Ours; server: ApiServer }> {
  const starting = startStore({ flags: ['--quota-backend-bytes=64000000000'] });
  closers.push(async () => (await starting).remove());
  const store = await starting;
  const tokens = join(scratch(), 'tokens');
  writeFileSync(tokens, `${token},benchmark,1,system:masters\n`);
  const launching = ApiServer.start(store.endpoint, basePort + 1 + offset, { 'token-auth-file': tokens, ...flags });
  closers.push(async () => {
    const server = await launching;
    await server.stop();
    await server.remove();
  });
  const server = await launching;
  return { ours: { ...target(server.url, server.pid), store }, server };
}

async function startFloor(server: ApiServer): Promise<Target> {
  const file = join(import.meta.dirname, 'floor.ts');
  const args = [file, String(basePort), server.pki('apiserver.crt'), server.pki('apiserver.key')];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  closers.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill();
    await ended;
  });
  await once(child.stdout!, 'data');
  return target(`https://127.0.0.1:${basePort}`, child.pid!);
}

/** Ends every server that was started and removes its data. */
export async function removeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close().catch((error) => console.error(error));
}

const target = (url: string, pid: number): Target => ({
  url,
  pid,
  ask: (method, path, body = '', type = 'application/json') =>
    new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${token}`,
        'content-type': type,
        'content-length': Buffer.byteLength(body),
      };
      const sent = request(`${url}${path}`, { method, agent, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          if (answer.statusCode! < 300) resolve(text);
          else reject(new Error(`${method} ${path}: ${answer.statusCode} ${text}`));
        });
      });
      sent.on('error', reject);
      sent.end(body);
    }),
});

/** Makes the floor answer with the text of `name`. */
export const setPayload = (floor: Target, name: string, text: string): Promise<string> =>
  floor.ask('PUT', `/payload/${name}`, text, 'application/octet-stream');

export const podsIn = (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`;

/** Makes a namespace, and in it a pod as clients get it. Returns the pod's text. */
export async function firstPod({ ask }: Target, namespace: string): Promise<string> {
  const name = JSON.stringify({ metadata: { name: namespace } });
  await ask('POST', '/api/v1/namespaces', name);
  return ask('POST', podsIn(namespace), JSON.stringify(pod('first', '0')));
}

const atOnce = 256;

/**
 * Puts pods `PREFIX0`, `PREFIX1`, ... into a namespace, copies of one that is there, as another API server of the same store
 * would: a hundred times as fast as through the API. Resolves once the server has them.
 */
export async function fillPods({ ask, store }: Ours, namespace: string, prefix: string, count: number): Promise<void> {
  const client = store.client();
  try {
    const key = `/registry/pods/${namespace}/`;
    const { kvs } = await client.range({ key: `${key}first` });
    const stored = kvs[0]!.value.toString();
    const put = (i: number) =>
      client.put({ key: `${key}${prefix}${i}`, value: stored.replace('"name":"first"', `"name":"${prefix}${i}"`) });
    for (let from = 0; from < count; from += atOnce) {
      await Promise.all(Array.from({ length: Math.min(atOnce, count - from) }, (_, i) => put(from + i)));
    }
  } finally {
    client.close();
  }
  await ask('GET', `${podsIn(namespace)}/${prefix}${count - 1}`);
}

/** Resident memory in MB. */
export const residentMB = ({ pid }: Target): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
