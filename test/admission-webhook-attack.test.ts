/** Webhooks that mean harm: the server answers everybody else meanwhile, and its memory returns. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AdmissionWebhook, type Answer } from './harness/admission-webhook.ts';
import { ApiServer } from './harness/apiserver.ts';
import { json } from './harness/custom-resources.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';
import { heapAfterCollection } from './harness/inspector.ts';
import { configurationsPath, configure, hookOf, labelled, ruleFor } from './harness/webhook-configurations.ts';

let store: EtcdServer;
let server: ApiServer;
let webhook: AdmissionWebhook;

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 25603);
  webhook = await AdmissionWebhook.start();
});

afterAll(async () => {
  webhook?.close();
  await server?.remove();
  await store?.remove();
});

const configmaps = '/api/v1/namespaces/default/configmaps';
const create = (name: string, label = 'evil') =>
  json(server, 'POST', configmaps, { metadata: { name, labels: { webhook: label } }, data: {} });
const residentMb = (): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) / 1024;

const parallel = 32;
const names = (prefix: string): string[] => Array.from({ length: parallel }, (_, i) => `${prefix}-${i}`);

const configureEvil = (answer: Answer) =>
  configure(server, 'mutating', 'evil', [
    hookOf('evil', webhook.answer('/evil', answer), ruleFor('configmaps', ['CREATE']), {
      ...labelled('evil'),
      timeoutSeconds: 2,
    }),
  ]);

/** Sends many requests past the webhook, and one other that it has nothing to do with, which must not wait for them. */
async function underAttack(prefix: string): Promise<string[]> {
  let left = parallel;
  const attacks = names(prefix).map(async (name) => {
    const { body } = await create(name);
    left -= 1;
    return body.message as string;
  });
  const other = await create(`${prefix}-other`, 'good');
  expect([other.status, left]).toEqual([201, parallel]);
  return Promise.all(attacks);
}

const heapMb = async (): Promise<number> => (await heapAfterCollection(server.pid, () => server.log)) / 1024 / 1024;

const expectMemoryBack = (beforeMb: number) =>
  eventually('memory returns', async () => (await heapMb()) < beforeMb + 8);

async function warmUp(): Promise<number> {
  for (const name of names('warm')) {
    await create(name, 'none');
    await json(server, 'DELETE', `${configmaps}/${name}`);
  }
  return heapMb();
}

const never: Answer = () => undefined;

const dribble: Answer = (_request, response) => {
  const drops = setInterval(() => response.write(' '), 50);
  response.on('close', () => clearInterval(drops));
};

test.each([
  ['hangs', never],
  ['dribbles', dribble],
])('one that %s', async (name, answer) => {
  const before = await warmUp();
  await configureEvil(answer);
  const messages = await underAttack(name);
  const timedOut = /^Internal error occurred: failed calling webhook .*context deadline exceeded$/;
  for (const message of messages) expect(message).toMatch(timedOut);
  await expectMemoryBack(before);
});

test('one that answers a gigabyte', async () => {
  const before = await warmUp();
  const piece = Buffer.alloc(1024 * 1024, ' ');
  let sent = 0;
  await configureEvil((_request, response) => {
    let left = 1024;
    const more = (): void => {
      while (left > 0 && !response.destroyed) {
        left -= 1;
        sent += piece.length;
        if (!response.write(piece)) {
          response.once('drain', more);
          return;
        }
      }
      response.end();
    };
    more();
  });
  const residentBefore = residentMb();
  let peakMb = 0;
  const watching = setInterval(() => {
    peakMb = Math.max(peakMb, residentMb());
  });
  const messages = await Promise.all(names('huge').map(async (name) => (await create(name)).body.message as string));
  clearInterval(watching);
  for (const text of messages) expect(text).toMatch(/the answer is larger than \d+ bytes|context deadline exceeded/);
  // Each connection is closed once it has brought more than an answer may be.
  expect(sent).toBeLessThan(parallel * 64 * piece.length);
  expect(peakMb).toBeLessThan(residentBefore + parallel * 16);
  expect((await create('after-huge', 'good')).status).toBe(201);
  await expectMemoryBack(before);
});

test('one that calls the server back, which asks it again', async () => {
  const before = await warmUp();
  let depth = 0;
  let waiting = 0;
  await configureEvil((_request, response, text) => {
    const { apiVersion, request } = JSON.parse(text) as { apiVersion: string; request: { uid: string } };
    depth += 1;
    waiting += 1;
    void create(`loop-${depth}`).then(({ status }) => {
      waiting -= 1;
      const answer = { uid: request.uid, allowed: status === 201 };
      response.end(JSON.stringify({ kind: 'AdmissionReview', apiVersion, response: answer }));
    });
  });
  const first = await create('loop-0');
  expect([first.status, first.body.message]).toEqual([500, expect.stringContaining('context deadline exceeded')]);
  expect(depth).toBeGreaterThan(10);
  expect((await create('beside-the-loop', 'good')).status).toBe(201);
  // Whoever may change the configuration can end it.
  expect((await json(server, 'DELETE', `${configurationsPath('mutating')}/evil`)).status).toBe(200);
  await eventually('the last of them has been answered', () => waiting === 0);
  await expectMemoryBack(before);
});
