/** Encryption at rest: what lies in the store, how keys are replaced, and what becomes of data that no key opens. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EtcdClient } from '../client/etcd/client.ts';
import { ApiServer, type RawAnswer } from './harness/apiserver.ts';
import { backends } from './harness/backends.ts';
import { root } from './harness/cluster.ts';
import type { EtcdServer } from './harness/etcd.ts';
import { etcdctlOutput, etcdctlPresent } from './harness/etcdctl.ts';
import { eventually } from './harness/eventually.ts';
import { kubectlMissing, kubectlPath } from './harness/kubectl.ts';
import { run } from './harness/run.ts';

const port = 25840;
const secrets = '/api/v1/namespaces/default/secrets';
const directory = mkdtempSync(join(tmpdir(), 'minik-encryption-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const newKey = (name: string) => ({ name, secret: randomBytes(32).toString('base64') });
const [key1, key2, key3] = ['key1', 'key2', 'key3'].map(newKey);
const cbc = (...keys: unknown[]) => ({ aescbc: { keys } });
const gcm = (...keys: unknown[]) => ({ aesgcm: { keys } });
const box = (...keys: unknown[]) => ({ secretbox: { keys } });
const identity = { identity: {} };

const configuration = (...resources: [string[], object[]][]): string =>
  JSON.stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'EncryptionConfiguration',
    resources: resources.map(([resources, providers]) => ({ resources, providers })),
  });

/** The password, and what it is in a Secret. */
const password = 'correct horse battery staple';
const plain = [password, Buffer.from(password).toString('base64')];

describe.each(backends(port + 8))('on $name', (backend) => {
  const file = join(directory, `${backend.name.replaceAll(' ', '-')}.json`);
  let store: EtcdServer;
  let etcd: EtcdClient;
  let server: ApiServer;

  beforeAll(async () => {
    store = await backend.start();
    etcd = store.client();
    configure(
      configuration([
        ['secrets', 'crontabs.stable.example.com'],
        [cbc(key1), identity],
      ]),
    );
    server = await ApiServer.start(store.endpoint, port, {
      'encryption-provider-config': file,
      'encryption-provider-config-automatic-reload': 'true',
    });
  });
  afterAll(async () => {
    await server?.remove();
    etcd?.close();
    await store?.remove();
  });

  /** Replaces the file as a whole. */
  function configure(text: string): void {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  }

  /** The same, and waits until the server has taken it over. */
  async function reconfigure(text: string): Promise<void> {
    const before = await reloads('success');
    configure(text);
    await eventually('it is in force', async () => (await reloads('success')) > before, { everyMs: 20 });
  }

  async function reloads(status: string): Promise<number> {
    const { text } = await server.raw('/metrics');
    const pattern = new RegExp(
      `^apiserver_encryption_config_controller_automatic_reloads_total{status="${status}"} (\\d+)`,
      'm',
    );
    return Number(pattern.exec(text)?.[1] ?? 0);
  }

  const send = (path: string, method: string, body: unknown): Promise<RawAnswer> =>
    server.raw(path, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  const secretOf = (name: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    stringData: { password },
  });
  const create = (name: string): Promise<RawAnswer> => send(secrets, 'POST', secretOf(name));
  const storedAt = async (key: string): Promise<Buffer> => (await etcd.range({ key })).kvs[0]!.value;
  const stored = (name: string): Promise<Buffer> => storedAt(`/registry/secrets/default/${name}`);
  const writerOf = async (name: string): Promise<string> =>
    /^k8s:enc:[a-z]+:v1:[^:]+:|^\{/.exec((await stored(name)).toString('latin1'))![0];

  test('a Secret is not in the store, and is what it was to everybody else', async () => {
    const watch = server.watch(`${secrets}?watch=1&fieldSelector=metadata.name%3Dwatched`);
    await eventually('the watch is open', () => watch.status === 200, { everyMs: 10 });
    const created = JSON.parse((await create('watched')).text);
    expect(await writerOf('watched')).toBe('k8s:enc:aescbc:v1:key1:');
    const value = (await stored('watched')).toString('latin1');
    for (const text of [...plain, 'watched', 'Secret']) expect(value).not.toContain(text);
    expect(JSON.parse((await server.raw(`${secrets}/watched`)).text)).toEqual(created);
    expect(JSON.parse((await server.raw(secrets)).text).items).toContainEqual(created);
    const updated = JSON.parse((await send(`${secrets}/watched`, 'PUT', { ...created, data: { a: 'Yg==' } })).text);
    await server.raw(`${secrets}/watched`, { method: 'DELETE' });
    await eventually('the watch has told all', () => watch.events.length === 3, { everyMs: 10 });
    watch.close();
    expect(watch.events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
    expect(watch.events[0]!.object).toEqual(created);
    expect(watch.events[1]!.object).toEqual(updated);
    expect(watch.events[2]!.object).toMatchObject({ data: { a: 'Yg==' } });
  });

  test('other kinds stay readable in the store', async () => {
    await send('/api/v1/namespaces/default/configmaps', 'POST', { metadata: { name: 'open' }, data: { a: 'b' } });
    expect((await storedAt('/registry/configmaps/default/open')).toString()).toContain('"data":{"a":"b"}');
  });

  test.skipIf(!etcdctlPresent)('etcdctl shows no plain text', async () => {
    await create('by-etcdctl');
    const text = await etcdctlOutput(store.endpoint, 'get', '/registry/secrets/default/by-etcdctl');
    expect(text).toContain('k8s:enc:aescbc:v1:key1:');
    for (const word of plain) expect(text).not.toContain(word);
  });

  test('pages that are read from the store, and the past', async () => {
    for (const name of ['page-1', 'page-2', 'page-3']) await create(name);
    const { metadata } = JSON.parse((await server.raw(secrets)).text);
    await server.raw(`${secrets}/page-2`, { method: 'DELETE' });
    const names: string[] = [];
    let token = '';
    do {
      const at = token ? `continue=${token}` : `resourceVersion=${metadata.resourceVersion}&resourceVersionMatch=Exact`;
      const page = JSON.parse((await server.raw(`${secrets}?limit=1&${at}`)).text);
      names.push(...page.items.map((item: { metadata: { name: string } }) => item.metadata.name));
      token = page.metadata.continue ?? '';
    } while (token);
    expect(names).toEqual(expect.arrayContaining(['page-1', 'page-2', 'page-3']));
  });

  test('custom resources, also after a restart', async () => {
    const names = { plural: 'crontabs', singular: 'crontab', kind: 'CronTab' };
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    await send('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', 'POST', {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'crontabs.stable.example.com' },
      spec: {
        group: 'stable.example.com',
        names,
        scope: 'Namespaced',
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    });
    const crontabs = '/apis/stable.example.com/v1/namespaces/default/crontabs';
    const object = {
      apiVersion: 'stable.example.com/v1',
      kind: 'CronTab',
      metadata: { name: 'a' },
      spec: { password },
    };
    await eventually('it is served', async () => (await send(crontabs, 'POST', object)).status === 201, {
      everyMs: 20,
    });
    const value = await storedAt('/registry/stable.example.com/crontabs/default/a');
    expect(value.toString('latin1')).toMatch(/^k8s:enc:aescbc:v1:key1:/);
    await server.stop();
    await server.launch();
    const read = async () => JSON.parse((await server.raw(`${crontabs}/a`)).text);
    expect(await eventually('it is served again', async () => (await read()).spec)).toEqual({ password });
    expect((await server.raw(`${secrets}/page-1`)).text).toContain(plain[1]);
  });

  test.skipIf(kubectlMissing !== undefined)('keys are replaced as Kubernetes tells to', async () => {
    await create('rotated');
    const providers = [gcm(key2), cbc(key1), identity];
    await reconfigure(configuration([['secrets'], providers], [['crontabs.stable.example.com'], [cbc(key1)]]));
    expect(await writerOf('rotated')).toBe('k8s:enc:aescbc:v1:key1:');
    const { metadata } = JSON.parse((await server.raw(`${secrets}/rotated`)).text);
    const replace = (): ReturnType<typeof run> => {
      const kubectl = `${kubectlPath} --kubeconfig ${server.paths.kubeconfig}`;
      return run('sh', ['-c', `${kubectl} get secrets --all-namespaces -o json | ${kubectl} replace -f -`]);
    };
    expect(await replace()).toMatchObject({ status: 0, stderr: '' });
    const all = await etcd.range({ key: '/registry/secrets/', rangeEnd: '/registry/secrets0' });
    expect(all.kvs.length).toBeGreaterThan(2);
    for (const { value } of all.kvs) expect(value.toString('latin1')).toMatch(/^k8s:enc:aesgcm:v1:key2:/);
    const rewritten = JSON.parse((await server.raw(`${secrets}/rotated`)).text);
    expect(Number(rewritten.metadata.resourceVersion)).toBeGreaterThan(Number(metadata.resourceVersion));
    expect(rewritten.data).toEqual({ password: plain[1] });
    // What is written as it should be is not written again.
    const again = await send(`${secrets}/rotated`, 'PUT', rewritten);
    expect(JSON.parse(again.text).metadata.resourceVersion).toBe(rewritten.metadata.resourceVersion);
    await reconfigure(
      configuration([['secrets'], [box(key3), gcm(key2)]], [['crontabs.stable.example.com'], [cbc(key1)]]),
    );
    expect(await replace()).toMatchObject({ status: 0 });
    expect(await writerOf('rotated')).toBe('k8s:enc:secretbox:v1:key3:');
  });

  test('a configuration that is wrong changes nothing', async () => {
    const before = await reloads('failure');
    configure(configuration([['secrets'], [{ aescbc: { keys: [{ name: 'short', secret: 'YQ==' }] } }]]));
    await eventually('it is refused', async () => (await reloads('failure')) > before, { everyMs: 20 });
    expect(server.log).toContain('secret is not of the expected length, got 1');
    expect((await create('after-a-mistake')).status).toBe(201);
    expect(await writerOf('after-a-mistake')).toBe('k8s:enc:secretbox:v1:key3:');
  });

  test('data that no key opens is an error that names it, and everything else goes on', async () => {
    const key = '/registry/secrets/default/lost';
    await create('lost');
    const good = await stored('lost');
    const watch = server.watch(`${secrets}?watch=1`);
    await eventually('the watch is open', () => watch.status === 200, { everyMs: 10 });
    await etcd.put({ key, value: Buffer.from('k8s:enc:secretbox:v1:key9:who knows') });
    const why = `unable to transform key \\"${key}\\": no matching key was found for the provided Secretbox transformer`;
    await eventually('it is noticed', async () => (await server.raw(`${secrets}/lost`)).status === 500, {
      everyMs: 20,
    });
    for (const path of [`${secrets}/lost`, secrets, '/api/v1/secrets?limit=2', `${secrets}?watch=1`]) {
      const { status, text } = await server.raw(path);
      expect({ path, status, text }).toMatchObject({ status: 500, text: expect.stringContaining(why) });
    }
    await eventually('the watch ends', () => watch.ended, { everyMs: 20 });
    expect(watch.events.filter(({ type }) => type === 'DELETED')).toEqual([]);
    for (const method of ['DELETE', 'PUT']) {
      expect((await send(`${secrets}/lost`, method, secretOf('lost'))).text).toContain(why);
    }
    expect((await create('lost')).status).toBe(409);
    for (const path of [
      `${secrets}/after-a-mistake`,
      '/api/v1/namespaces/kube-system/secrets',
      '/api/v1/configmaps',
      '/readyz',
    ]) {
      expect([path, (await server.raw(path)).status]).toEqual([path, 200]);
    }
    await etcd.put({ key, value: Buffer.from('not even JSON') });
    await eventually(
      'that is noticed, too',
      async () => (await server.raw(secrets)).text.includes('no matching prefix found'),
      { everyMs: 20 },
    );
    await etcd.put({ key, value: good });
    await eventually('it is back', async () => (await server.raw(secrets)).status === 200, { everyMs: 20 });
    await etcd.put({ key, value: Buffer.from('k8s:enc:') });
    await eventually('it is gone again', async () => (await server.raw(secrets)).status === 500, { everyMs: 20 });
    await etcd.deleteRange({ key });
    await eventually('who deletes it in the store helps', async () => (await server.raw(secrets)).status === 200, {
      everyMs: 20,
    });
  });

  test('a key that comes back makes data readable', async () => {
    await create('waiting');
    const crontabs: [string[], object[]] = [['crontabs.stable.example.com'], [cbc(key1)]];
    await reconfigure(configuration([['secrets'], [gcm(key2)]], crontabs));
    await server.stop();
    await server.launch();
    expect((await server.raw(`${secrets}/waiting`)).text).toContain('no matching prefix found');
    await reconfigure(configuration([['secrets'], [gcm(key2), box(key3)]], crontabs));
    await eventually('it is read', async () => (await server.raw(`${secrets}/waiting`)).status === 200, {
      everyMs: 20,
    });
    expect((await server.raw(secrets)).status).toBe(200);
  });

  test('the figures', async () => {
    const { text } = await server.raw('/metrics');
    const labels = '{resource="secrets",transformation_type="from_storage",transformer_prefix="k8s:enc:secretbox:v1:"';
    expect(text).toContain(`apiserver_storage_transformation_operations_total${labels},status="OK"}`);
    expect(text).toContain(`apiserver_storage_transformation_duration_seconds_count${labels}}`);
  });

  test('without a configuration encrypted data is an error, and plain data is read', async () => {
    const without = await ApiServer.start(store.endpoint, port + 1);
    try {
      const { status, text } = await without.raw(`${secrets}/waiting`);
      expect([status, text]).toEqual([
        500,
        expect.stringContaining('identity transformer tried to read encrypted data'),
      ]);
      expect((await without.raw('/api/v1/namespaces/default/configmaps/open')).status).toBe(200);
    } finally {
      await without.remove();
    }
  });
});

test.each([
  [configuration([['secrets'], [{ kms: { name: 'x' } }]]), 'the provider kms is not supported; use secretbox'],
  [configuration([['secrets'], [cbc({ name: 'a', secret: 'YQ==' })]]), 'got 1, expected one of [16 24 32]'],
  ['{}', 'expected kind "EncryptionConfiguration" in version "apiserver.config.k8s.io/v1", found none'],
])('a server does not start with %s', async (text, message) => {
  const file = join(directory, 'wrong.json');
  writeFileSync(file, text);
  const flags = ['tls-cert-file', 'tls-private-key-file'].map((name) => `--${name}=/dev/null`);
  const args = [join(root, 'apiserver/main.ts'), ...flags, `--encryption-provider-config=${file}`];
  const { status, stderr } = await run(process.execPath, args);
  expect(stderr).toContain(message);
  expect(status).toBe(1);
});
