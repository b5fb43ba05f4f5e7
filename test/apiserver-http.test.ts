/** How the apiserver speaks HTTP: discovery, health, metrics, the forms of answers, limits, and how it stops. */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configmaps } from '../api/kinds/configmaps.ts';
import type { RestClient } from '../client/rest.ts';
import { ApiServer, type RawAnswer, type RawOptions } from './harness/apiserver.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';
import { parseMetrics } from './harness/prometheus.ts';
import { sendRaw } from './harness/raw-tls.ts';

let store: EtcdServer;
let server: ApiServer;
let client: RestClient;

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 25520, {
    'request-timeout': '4s',
    'shutdown-delay-duration': '500ms',
    'shutdown-watch-termination-grace-period': '1s',
  });
  client = server.client();
  await client.of(configmaps).create({ metadata: { name: 'small', namespace: 'default' }, data: { a: 'b' } });
});

afterAll(async () => {
  client?.close();
  await server?.remove();
  await store?.remove();
});

const maps = '/api/v1/namespaces/default/configmaps';
const json = (answer: RawAnswer) => JSON.parse(answer.text);
const ask = (path: string, headers: Record<string, string> = {}, options: RawOptions = {}) =>
  server.raw(path, { ...options, headers });

test('an Upgrade that the connection is not asked for is none', async () => {
  const path = `${maps}?watch=1&timeoutSeconds=1&fieldSelector=metadata.name=small`;
  const { status, text } = await ask(path, { upgrade: 'websocket', connection: 'close' });
  expect([status, JSON.parse(text.split('\n', 1)[0]!)]).toMatchObject([
    200,
    { type: 'ADDED', object: { metadata: { name: 'small' } } },
  ]);
});

interface ApiVersions {
  groups: {
    name: string;
    versions: { groupVersion: string; version: string }[];
    preferredVersion: { version: string };
  }[];
}

describe('discovery', () => {
  const aggregated = (version: string) =>
    `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;

  test('conformance: Aggregated Discovery Interface', async () => {
    const found = new Map<string, string>();
    for (const path of ['/api', '/apis']) {
      const { kind, apiVersion, items } = json(await ask(path, { accept: aggregated('v2') }));
      expect([kind, apiVersion]).toEqual(['APIGroupDiscoveryList', 'apidiscovery.k8s.io/v2']);
      for (const { metadata, versions } of items) {
        for (const { version, resources, freshness } of versions) {
          expect(freshness).toBe('Current');
          for (const { resource, scope } of resources) {
            found.set(`${metadata.name ?? ''}/${version}/${resource}`, scope);
          }
        }
      }
    }
    const { groups } = json(await ask('/apis')) as ApiVersions;
    const plain = ['v1', ...groups.flatMap(({ versions }) => versions.map((v) => v.groupVersion))];
    for (const groupVersion of plain) {
      const path = groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`;
      for (const { name, namespaced } of json(await ask(path)).resources) {
        if (name.includes('/')) continue;
        const key = `${groupVersion === 'v1' ? '/v1' : groupVersion}/${name}`;
        expect([key, found.get(key)]).toEqual([key, namespaced ? 'Namespaced' : 'Cluster']);
      }
    }
  });

  test.each([
    [aggregated('v2'), 'v2'],
    [aggregated('v2beta1'), 'v2beta1'],
    [`${aggregated('v2')},${aggregated('v2beta1')},application/json`, 'v2'],
    [`${aggregated('v9')},${aggregated('v2beta1')}`, 'v2beta1'],
    ['application/json', undefined],
    ['*/*', undefined],
    [`application/json,${aggregated('v2')}`, undefined],
    [`${aggregated('v9')},*/*`, undefined],
  ])('conformance: Aggregated Discovery Endpoint Accept Headers — %s', async (accept, version) => {
    for (const path of ['/api', '/apis']) {
      const answer = await ask(path, { accept });
      expect(answer.headers['content-type']).toBe(version ? aggregated(version) : 'application/json');
      const plain = path === '/api' ? 'APIVersions' : 'APIGroupList';
      expect(json(answer).kind).toBe(version ? 'APIGroupDiscoveryList' : plain);
    }
  });

  test.each(['/api', '/apis', '/apis/apps', '/apis/apps/v1', '/api/v1'])('%s: 304 for who has it', async (path) => {
    for (const accept of ['application/json', aggregated('v2')]) {
      const first = await ask(path, accept === 'application/json' || path.length < 6 ? { accept } : {});
      const etag = String(first.headers['etag']);
      const headers = { ...(path.length < 6 && { accept }), 'if-none-match': etag };
      const second = await ask(path, headers);
      expect([first.status, second.status, second.text]).toEqual([200, 304, '']);
    }
  });

  test('406 when no form of it will do', async () => {
    for (const accept of ['text/html', aggregated('v9'), 'application/json;as=Table;v=v1;g=meta.k8s.io']) {
      const answer = await ask('/apis/apps', { accept });
      expect([answer.status, json(answer).reason]).toEqual([406, 'NotAcceptable']);
    }
  });

  test('the index lists every path, and each of them answers', async () => {
    const { paths } = json(await ask('/')) as { paths: string[] };
    expect(paths).toEqual(paths.toSorted());
    expect(paths).toEqual(
      expect.arrayContaining(['/api', '/api/v1', '/apis', '/apis/apps', '/readyz/etcd', '/version']),
    );
    for (const path of paths) expect([path, (await ask(path)).status]).toEqual([path, 200]);
  });
});

test('conformance: API metadata HTTP return', async () => {
  const body = JSON.stringify({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { verb: 'get', resource: 'pods' } },
  });
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const unshowable = await ask('/apis/apps/v1', { accept });
  expect([unshowable.status, json(unshowable).reason]).toEqual([406, 'NotAcceptable']);
  const review = await ask(
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    { accept, 'content-type': 'application/json' },
    { method: 'POST', body },
  );
  expect([review.status, json(review).reason]).toEqual([406, 'NotAcceptable']);
});

describe('forms of an answer', () => {
  test('headers that every answer has', async () => {
    for (const path of [maps, `${maps}/none`, '/api', '/readyz']) {
      const { headers } = await ask(path);
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-cache, private' });
      expect(headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect((await ask(maps, { 'audit-id': 'mine-1' })).headers['audit-id']).toBe('mine-1');
  });

  test.each<[string, Record<string, string>, boolean]>([
    [`${maps}/small`, {}, false],
    [`${maps}/small?pretty=true`, {}, true],
    [`${maps}/small`, { 'user-agent': 'curl/8.5.0' }, true],
    [`${maps}/small?pretty=false`, { 'user-agent': 'curl/8.5.0' }, false],
    [`${maps}?pretty=1`, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }, true],
    [`${maps}/none`, { 'user-agent': 'Mozilla/5.0 (X11)' }, true],
    ['/version', {}, true],
  ])('%s %j: laid out for people: %s', async (path, headers, pretty) => {
    const { text } = await ask(path, headers);
    expect(text.startsWith('{\n  "')).toBe(pretty);
    expect(() => JSON.parse(text)).not.toThrow();
  });

  test('what is large goes compressed to who can read that; a small one, or a watch, does not', async () => {
    const data = { blob: 'abc '.repeat(50_000) };
    await client.of(configmaps).create({ metadata: { name: 'large', namespace: 'default' }, data });
    const zipped = await bytesOf(`${maps}/large`, { 'accept-encoding': 'gzip' });
    expect(zipped.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    expect(zipped.body.length).toBeLessThan(20_000);
    expect(JSON.parse(gunzipSync(zipped.body).toString()).data).toEqual(data);
    for (const [path, headers] of [
      [`${maps}/large`, {}],
      [`${maps}/large`, { 'accept-encoding': 'gzip;q=0' }],
      [`${maps}/small`, { 'accept-encoding': 'gzip' }],
    ] as const) {
      expect((await bytesOf(path, headers)).headers).not.toHaveProperty('content-encoding');
    }
    const watching = server.watch(`${maps}?watch=true`, { 'accept-encoding': 'gzip' });
    await eventually('the watch has it', () => watching.events.some(({ object }) => object.metadata.name === 'large'));
    watching.close();
  });

  test('HEAD has no body; a method that does not fit is told which do', async () => {
    const head = await ask(`${maps}/small`, {}, { method: 'HEAD' });
    expect([head.status, head.text, Number(head.headers['content-length']) > 100]).toEqual([200, '', true]);
    for (const [method, path, allow] of [
      ['PUT', maps, 'DELETE, GET, POST'],
      ['POST', `${maps}/small`, 'DELETE, GET, PATCH, PUT'],
      ['OPTIONS', `${maps}/small`, 'DELETE, GET, PATCH, PUT'],
      ['POST', '/version', 'GET, HEAD'],
    ] as const) {
      const answer = await ask(path, {}, { method });
      expect([answer.status, answer.headers['allow']]).toEqual([405, allow]);
      expect(json(answer)).toMatchObject({ kind: 'Status', reason: 'MethodNotAllowed' });
    }
  });
});

/** An answer as bytes. */
function bytesOf(
  path: string,
  headers: Record<string, string>,
): Promise<{ headers: RawAnswer['headers']; body: Buffer }> {
  const pki = (file: string): Buffer => readFileSync(server.pki(file));
  const options = { headers, ca: pki('ca.crt'), cert: pki('admin.crt'), key: pki('admin.key'), agent: false as const };
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}${path}`, options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ headers: answer.headers, body: Buffer.concat(chunks) }));
    });
    sent.on('error', reject).end();
  });
}

describe('limits', () => {
  const post = (body: string, type = 'application/json', query = '') =>
    ask(
      `${maps}${query}`,
      { 'content-type': type, 'content-length': String(Buffer.byteLength(body)) },
      { method: 'POST', body },
    );

  test.each<[string, () => Promise<RawAnswer>, number, string, RegExp]>([
    [
      'a body of more than 3 MiB',
      () => post(JSON.stringify({ data: { a: 'x'.repeat(3 * 2 ** 20) } })),
      413,
      'RequestEntityTooLarge',
      /^Request entity too large: limit is 3145728$/,
    ],
    ['a body that nests too deep', () => post('{"a":'.repeat(5000)), 400, 'BadRequest', /exceeded max depth/],
    [
      'the same where nobody asks for unknown fields',
      () => post(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`, 'application/json', '?fieldValidation=Ignore'),
      400,
      'BadRequest',
      /exceeded max depth/,
    ],
    [
      'YAML that unfolds without end',
      () => post('a: &a [1,1,1,1]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: [*c,*c,*c,*c]', 'application/yaml'),
      400,
      'BadRequest',
      /Excessive alias count/,
    ],
    ['a timeout that is none', () => ask(`${maps}?timeout=1d`), 400, 'BadRequest', /unknown unit "d" in duration "1d"/],
    [
      'more operations than a JSON patch may have',
      () =>
        ask(
          `${maps}/small`,
          { 'content-type': 'application/json-patch+json' },
          { method: 'PATCH', body: JSON.stringify(Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/a' }))) },
        ),
      413,
      'RequestEntityTooLarge',
      /The allowed maximum operations in a JSON patch is 10000, got 10001/,
    ],
  ])('%s', async (_, send, status, reason, message) => {
    const answer = await send();
    expect([answer.status, json(answer).reason]).toEqual([status, reason]);
    expect(json(answer).message).toMatch(message);
  });

  test('a body that does not come: 504 after the timeout that was asked for, and nothing is written', async () => {
    const began = performance.now();
    const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      const pki = (file: string): Buffer => readFileSync(server.pki(file));
      const headers = { 'content-type': 'application/json', 'content-length': '100' };
      const identity = { ca: pki('ca.crt'), cert: pki('admin.crt'), key: pki('admin.key'), agent: false as const };
      const sent = request(`${server.url}${maps}?timeout=1s`, { method: 'POST', headers, ...identity }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode!, text }));
      });
      sent.on('error', reject);
      sent.write('{"metadata":{"name":"slow"');
    });
    expect(JSON.parse(answer.text)).toMatchObject({
      code: 504,
      reason: 'Timeout',
      message: 'Timeout: request did not complete within the allotted timeout',
    });
    expect(performance.now() - began).toBeGreaterThan(900);
    expect((await ask(`${maps}/slow`)).status).toBe(404);
  });
});

test('an upgrade right behind another request waits for the answer to that one', async () => {
  const get = (path: string, ...headers: string[]): string =>
    `${[`GET ${path} HTTP/1.1`, 'host: x', ...headers].join('\r\n')}\r\n\r\n`;
  const upgrade = get(maps, 'connection: Upgrade', 'upgrade: websocket');
  const answers = await sendRaw(server, get('/version') + get('/livez') + upgrade);
  expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 403']);
  expect(server.alive).toBe(true);
});

describe('health', () => {
  test('in detail, one by one, and without some', async () => {
    const { text } = await ask('/readyz?verbose');
    for (const name of ['ping', 'log', 'etcd', 'informer-sync', 'shutdown']) expect(text).toContain(`[+]${name} ok\n`);
    expect(text).toMatch(/readyz check passed\n$/);
    expect((await ask('/readyz/etcd')).text).toBe('ok');
    expect((await ask('/livez?verbose&exclude=log')).text).toContain('[+]log excluded: ok');
    expect((await ask('/readyz/none')).status).toBe(404);
  });
});

describe('metrics', () => {
  test('are well formed, with the names and labels that Kubernetes has', async () => {
    const watching = server.watch(`${maps}?watch=true`);
    await eventually('it watches', () => watching.events.length > 0);
    await ask('/api/v1/namespaces/none/unicorns/x');
    const families = parseMetrics((await ask('/metrics')).text);
    const apiRequest = ['component', 'group', 'resource', 'scope', 'subresource', 'verb', 'version'];
    const expected: [name: string, type: string, labels: string[]][] = [
      ['apiserver_request_total', 'counter', [...apiRequest, 'code', 'dry_run']],
      ['apiserver_request_duration_seconds', 'histogram', [...apiRequest, 'dry_run']],
      ['apiserver_request_sli_duration_seconds', 'histogram', apiRequest],
      ['apiserver_response_sizes', 'histogram', apiRequest],
      ['apiserver_longrunning_requests', 'gauge', apiRequest],
      ['apiserver_current_inflight_requests', 'gauge', ['request_kind']],
      ['apiserver_current_inqueue_requests', 'gauge', ['request_kind']],
      ['apiserver_registered_watchers', 'gauge', ['group', 'kind', 'version']],
      ['apiserver_watch_events_total', 'counter', ['group', 'kind', 'version']],
      ['apiserver_watch_events_sizes', 'histogram', ['group', 'kind', 'version']],
      ['apiserver_terminated_watchers_total', 'counter', ['group', 'resource']],
      ['apiserver_storage_objects', 'gauge', ['resource']],
      ['apiserver_resource_objects', 'gauge', ['group', 'resource']],
      ['apiserver_init_events_total', 'counter', ['group', 'resource']],
      ['apiserver_watch_cache_events_received_total', 'counter', ['group', 'resource']],
      ['apiserver_watch_cache_events_dispatched_total', 'counter', ['group', 'resource']],
      ['apiserver_watch_cache_initializations_total', 'counter', ['group', 'resource']],
      ['apiserver_watch_cache_resource_version', 'gauge', ['group', 'resource']],
      ['watch_cache_capacity', 'gauge', ['group', 'resource']],
      ['etcd_request_duration_seconds', 'histogram', ['group', 'operation', 'resource']],
      ['etcd_requests_total', 'counter', ['group', 'operation', 'resource']],
      ['apiserver_flowcontrol_dispatched_requests_total', 'counter', ['flow_schema', 'priority_level']],
      ['apiserver_flowcontrol_current_executing_requests', 'gauge', ['flow_schema', 'priority_level']],
      ['apiserver_flowcontrol_nominal_limit_seats', 'gauge', ['priority_level']],
      ['apiserver_flowcontrol_request_execution_seconds', 'histogram', ['flow_schema', 'priority_level', 'type']],
    ];
    for (const [name, type, labels] of expected) {
      const family = families.get(name);
      const { le: _, ...given } = family?.samples[0]?.labels ?? {};
      expect([name, family?.type, Object.keys(given).sort()]).toEqual([name, type, labels.toSorted()]);
    }
    const value = (name: string, labels: Record<string, string>) =>
      families
        .get(name)
        ?.samples.find((sample) => Object.entries(labels).every(([key, text]) => sample.labels[key] === text))?.value;
    expect(value('apiserver_longrunning_requests', { verb: 'WATCH', resource: 'configmaps' })).toBe(1);
    expect(value('apiserver_registered_watchers', { kind: 'ConfigMap' })).toBe(1);
    expect(value('apiserver_request_total', { verb: 'POST', resource: 'configmaps', code: '201' })).toBe(2);
    expect(value('apiserver_request_total', { resource: 'unicorns' })).toBeUndefined();
    expect(value('apiserver_request_terminations_total', { code: '504', verb: 'POST' })).toBe(1);
    // What it writes of its own account counts: the ConfigMap that tells other servers whom to trust.
    expect(value('etcd_requests_total', { operation: 'create', resource: 'configmaps' })).toBe(3);
    expect(value('apiserver_resource_objects', { group: '', resource: 'configmaps' })).toBe(3);
    watching.close();
  });
});

test('it stops: readiness fails, everything goes on for a while, watches end cleanly, what was begun is answered', async () => {
  const watches = Array.from({ length: 20 }, () => server.watch(`${maps}?watch=true`));
  await eventually('all watch', () => watches.every(({ status }) => status === 200));
  const pki = (file: string): Buffer => readFileSync(server.pki(file));
  const agent = new Agent({ keepAlive: true, ca: pki('ca.crt'), cert: pki('admin.crt'), key: pki('admin.key') });
  const body = JSON.stringify({ metadata: { name: 'last' } });
  const headers = { 'content-type': 'application/json', 'content-length': String(body.length) };
  let begun: ReturnType<typeof request> | undefined;
  const answered = new Promise<number>((resolve, reject) => {
    begun = request(`${server.url}${maps}`, { agent, method: 'POST', headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode!);
    });
    begun.on('error', reject);
    // The rest of it comes when the server has begun to stop.
    begun.write(body.slice(0, 5));
  });
  await eventually('it has come', async () => {
    const { text } = await ask('/metrics');
    return /apiserver_current_inflight_requests\{request_kind="mutating"\} 1/.test(text);
  });
  const exit = server.stop('SIGTERM');
  await eventually('it is not ready', async () => (await ask('/readyz')).status === 500, { everyMs: 10 });
  expect((await ask('/readyz?verbose')).text).toContain('[-]shutdown failed: process is shutting down');
  expect((await ask(`${maps}/small`)).status).toBe(200);
  await eventually('the first watch ends', () => watches.some(({ ended }) => ended), { everyMs: 5 });
  expect(watches.every(({ ended }) => ended)).toBe(false);
  begun!.end(body.slice(5));
  expect(await answered).toBe(201);
  await eventually('all watches end', () => watches.every(({ ended }) => ended));
  expect(await exit).toBe(0);
  agent.destroy();
});

test('told to stop twice, it stops at once', async () => {
  await server.launch();
  const watching = server.watch(`${maps}?watch=true`);
  await eventually('it watches', () => watching.status === 200);
  void server.stop('SIGTERM');
  await eventually('it is not ready', async () => (await ask('/readyz')).status === 500, { everyMs: 10 });
  expect(await server.stop('SIGTERM')).toBe(1);
});
