/**
 * Bodies in protobuf, as kubectl's generators send them from version 1.32 on; the store has their objects as JSON, as from
 * everyone else. What each generator makes is in kubectl-generators.test.ts.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Init, message, repeated, type TypeOf } from '../api/protobuf.ts';
import { ApiServer } from './harness/apiserver.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { kubectlMissing, kubectlPath } from './harness/kubectl.ts';
import { output, type Result, run } from './harness/run.ts';

if (kubectlMissing) console.warn(`kubectl create tests are skipped: ${kubectlMissing}`);

const protobuf = 'application/vnd.kubernetes.protobuf';

let store: EtcdServer;
let server: ApiServer;

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 24645);
});

afterAll(async () => {
  await server?.remove();
  await store?.remove();
});

const args = (command: string): string[] => [
  `--kubeconfig=${server.paths.kubeconfig}`,
  `--cache-dir=${server.paths.dataDir}/kubectl-cache`,
  ...command.split(' '),
];
const kubectl = async (command: string): Promise<string> => (await output(kubectlPath, args(command))).trim();
const attempt = (command: string, input?: string): Promise<Result> => run(kubectlPath, args(command), { input });
const get = async (what: string): Promise<Record<string, unknown>> =>
  JSON.parse(await kubectl(`get ${what} -o json`)) as Record<string, unknown>;

describe.skipIf(kubectlMissing)('kubectl create', () => {
  test('what is created is as if it had been sent as JSON', async () => {
    const command = 'deployment twin --image=busybox:1.35';
    await kubectl(`create ${command}`);
    const generated = await get('deployment twin');
    await kubectl('delete deployment twin');
    const manifest = await kubectl(`create ${command} --dry-run=client -o json`);
    expect(await attempt('create -f -', manifest)).toMatchObject({
      status: 0,
      stdout: 'deployment.apps/twin created\n',
    });
    const own = { uid: '', resourceVersion: '', creationTimestamp: '' };
    const withoutOwn = (object: Record<string, unknown>): object => ({
      ...object,
      metadata: { ...(object['metadata'] as object), ...own },
    });
    expect(withoutOwn(generated)).toEqual(withoutOwn(await get('deployment twin')));
  });
});

describe('protobuf bodies', () => {
  const post = (body: Buffer, path = '/api/v1/namespaces') =>
    server.raw(path, { method: 'POST', headers: { 'content-type': protobuf }, body });
  const Unknown = message({
    typeMeta: [1, message({ apiVersion: [1, 'string'], kind: [2, 'string'] })],
    raw: [2, 'bytes'],
  });
  const DeleteOptions = message({
    gracePeriodSeconds: [1, 'int64'],
    preconditions: [2, message({ uid: [1, 'string'] })],
    dryRun: [5, repeated('string')],
  });
  const namespace = Buffer.from('azhzAAoPCgJ2MRIJTmFtZXNwYWNlEhkKEQoBeBIAGgAiACoAMgA4AEIAEgAaAgoAGgAiAA==', 'base64');

  test('the answer is JSON', async () => {
    const answer = await server.raw('/api/v1/namespaces', {
      method: 'POST',
      headers: { 'content-type': protobuf, accept: `${protobuf},application/json` },
      body: namespace,
    });
    expect(answer.status).toBe(201);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(JSON.parse(answer.text)).toMatchObject({ kind: 'Namespace', metadata: { name: 'x' } });
  });

  test.each<[string, string, Buffer, string]>([
    ['text', '/api/v1/namespaces', Buffer.from('{}'), 'must be of type Namespace): provided data does not appear'],
    ['nothing', '/api/v1/namespaces', Buffer.alloc(0), 'does not appear to be a protobuf message'],
    ['a cut off body', '/api/v1/namespaces', namespace.subarray(0, 30), 'malformed protobuf'],
    [
      'another kind',
      '/api/v1/namespaces/default/configmaps',
      namespace,
      'the kind in the data (Namespace) does not match the expected kind (ConfigMap)',
    ],
  ])('%s is refused', async (_, path, body, says) => {
    const { status, text } = await post(body, path);
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      kind: 'Status',
      reason: 'BadRequest',
      message: expect.stringContaining(says),
    });
  });

  test('DeleteOptions', async () => {
    await server.raw('/api/v1/namespaces/default/configmaps', {
      method: 'POST',
      body: JSON.stringify({ metadata: { name: 'gone' } }),
    });
    const remove = (options: Init<TypeOf<typeof DeleteOptions>>) => {
      const raw = DeleteOptions.encode(options);
      const typeMeta = { apiVersion: 'v1', kind: 'DeleteOptions' };
      const body = Buffer.concat([Buffer.from('k8s\0'), Unknown.encode({ typeMeta, raw })]);
      // Node announces no length of a DELETE by itself.
      const headers = { 'content-type': protobuf, 'content-length': String(body.length) };
      return server.raw('/api/v1/namespaces/default/configmaps/gone', { method: 'DELETE', headers, body });
    };
    const dryRun = await remove({ dryRun: ['All'] });
    expect(dryRun.status).toBe(200);
    const refused = await remove({ preconditions: { uid: 'x' } });
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('Precondition failed: UID in precondition: x');
    expect((await remove({ gracePeriodSeconds: 0 })).status).toBe(200);
    expect((await remove({})).status).toBe(404);
  });

  test('the media types of bodies are named', async () => {
    const { status, text } = await server.raw('/api/v1/namespaces', {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: 'x',
    });
    expect(status).toBe(415);
    expect(text).toContain(`application/json, application/yaml, ${protobuf}`);
  });
});
