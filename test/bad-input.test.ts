/** Bad input to a whole cluster: each kind of it gets a clear error, and every process stays alive. What HTTP itself allows: apiserver-http, apiserver-fuzz. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiError } from '../api/errors.ts';
import type { RequestOptions, RestClient } from '../client/rest.ts';
import { Cluster } from './harness/cluster.ts';

let cluster: Cluster;
let client: RestClient;
const processes = ['supervisor', 'store', 'apiserver', 'scheduler', 'controllers', 'kubelet-minik-1', 'proxy'];
const pids = (): number[] => processes.map((name) => cluster.pid(name));
let before: number[];

beforeAll(async () => {
  cluster = await Cluster.start({ runtime: 'fake' });
  client = cluster.client();
  before = pids();
});

afterAll(() => cluster?.purge());

const maps = '/api/v1/namespaces/default/configmaps';
const configMap = (name: string, extra: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  ...extra,
});

async function refusal(options: RequestOptions): Promise<ApiError> {
  try {
    await client.request(options);
  } catch (error) {
    expect(error).toBeInstanceOf(ApiError);
    return error as ApiError;
  }
  throw new Error(`${options.method ?? 'GET'} ${options.path} was not refused`);
}

const post = (body: unknown, query: RequestOptions['query'] = {}, path = maps): RequestOptions => ({
  method: 'POST',
  path,
  body,
  query,
});

describe('the API', () => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } };
  const container = { name: 'c', image: 'busybox:1.35' };

  test.each<[string, RequestOptions, number, string, RegExp]>([
    ['truncated JSON', post('{"kind":"ConfigMap","metadata":{'), 400, 'BadRequest', /unexpected/i],
    ['an array', post('[]'), 400, 'BadRequest', /./],
    ['a body of null', post('null'), 400, 'BadRequest', /./],
    ['an empty body', post(''), 400, 'BadRequest', /./],
    [
      'a strange media type',
      { ...post('x'), contentType: 'text/x-nonsense' },
      415,
      'UnsupportedMediaType',
      /media type/,
    ],
    [
      'an unknown field, strict',
      post(configMap('a', { nope: 1 }), { fieldValidation: 'Strict' }),
      400,
      'BadRequest',
      /unknown field "nope"/,
    ],
    [
      'a nested unknown field, strict',
      post(
        { ...pod, spec: { containers: [{ ...container, imag: 'x' }] } },
        { fieldValidation: 'Strict' },
        '/api/v1/namespaces/default/pods',
      ),
      400,
      'BadRequest',
      /unknown field "spec\.containers\[0\]\.imag"/,
    ],
    [
      'a wrong type',
      post({ ...pod, spec: { containers: 'none' } }, {}, '/api/v1/namespaces/default/pods'),
      400,
      'BadRequest',
      /cannot unmarshal/,
    ],
    ['a name that is not a DNS name', post(configMap('Not_A_Name')), 422, 'Invalid', /RFC 1123/],
    [
      'no containers',
      post({ ...pod, spec: { containers: [] } }, {}, '/api/v1/namespaces/default/pods'),
      422,
      'Invalid',
      /spec\.containers: Required value/,
    ],
    ['another kind', post({ ...configMap('a'), kind: 'Secret' }), 400, 'BadRequest', /Secret/],
    [
      'another namespace',
      post(configMap('a', { metadata: { name: 'a', namespace: 'kube-system' } })),
      400,
      'BadRequest',
      /namespace/,
    ],
    [
      'a namespace that is not there',
      post(configMap('a'), {}, '/api/v1/namespaces/nowhere/configmaps'),
      404,
      'NotFound',
      /namespaces "nowhere" not found/,
    ],
    [
      'an unknown resource',
      { path: '/api/v1/namespaces/default/unicorns' },
      404,
      'NotFound',
      /could not find the requested resource/,
    ],
    [
      'an unknown group',
      { path: '/apis/nope.example.com/v1/things' },
      404,
      'NotFound',
      /could not find the requested resource/,
    ],
    ['a label selector that is not one', { path: maps, query: { labelSelector: 'a in (b' } }, 400, 'BadRequest', /./],
    [
      'a field selector that does not exist',
      { path: maps, query: { fieldSelector: 'data.colour=red' } },
      400,
      'BadRequest',
      /field label not supported/,
    ],
    [
      'a version from the future',
      { path: maps, query: { resourceVersion: '999999999', resourceVersionMatch: 'Exact' } },
      504,
      'Timeout',
      /Too large resource version/,
    ],
    [
      'a patch that is not one',
      {
        method: 'PATCH',
        path: `${maps}/kube-root-ca.crt`,
        body: '{"a":1}',
        contentType: 'application/json-patch+json',
      },
      400,
      'BadRequest',
      /./,
    ],
  ])('%s', async (_, request, code, reason, message) => {
    const error = await refusal(request);
    expect({ code: error.code, reason: error.reason }).toEqual({ code, reason });
    expect(error.message).toMatch(message);
  });

  test('unknown fields: warned of, or ignored, but not kept', async () => {
    const warned = await client.request(post(configMap('warned', { nope: 1 }), { fieldValidation: 'Warn' }));
    expect(warned.headers['warning']).toBe('299 - "unknown field \\"nope\\""');
    expect(JSON.parse(warned.text)).not.toHaveProperty('nope');
    const ignored = await client.request(post(configMap('ignored', { nope: 1 }), { fieldValidation: 'Ignore' }));
    expect(ignored.headers['warning']).toBeUndefined();
    expect(JSON.parse(ignored.text)).not.toHaveProperty('nope');
  });

  test('a stale resourceVersion', async () => {
    const created = await client.json<{ metadata: object }>(post(configMap('raced')));
    const put = (data: object): RequestOptions => ({
      method: 'PUT',
      path: `${maps}/raced`,
      body: { ...created, data },
    });
    await client.request(put({ winner: 'first' }));
    const error = await refusal(put({ winner: 'second' }));
    expect({ code: error.code, reason: error.reason }).toEqual({ code: 409, reason: 'Conflict' });
    expect(error.message).toContain(
      'the object has been modified; please apply your changes to the latest version and try again',
    );
  });
});

describe('minikctl', () => {
  const file = (name: string, text: string): string => {
    const path = join(cluster.dataDir, name);
    writeFileSync(path, text);
    return path;
  };

  test.each<[string, () => string[], RegExp]>([
    [
      'a file that is not there',
      () => ['apply', '-f', '/no/such/file.yaml'],
      /^error: the path "\/no\/such\/file\.yaml" does not exist\n$/,
    ],
    ['invalid YAML', () => ['apply', '-f', file('bad.yaml', 'kind: [unclosed\n')], /^error: .*bad\.yaml/],
    [
      'an unknown kind',
      () => ['apply', '-f', file('kind.yaml', 'apiVersion: v1\nkind: Unicorn\nmetadata: { name: u }\n')],
      /no matches for kind "Unicorn" in version "v1"/,
    ],
    ['no kind', () => ['apply', '-f', file('none.yaml', 'metadata: { name: u }\n')], /kind not set/],
    ['an unknown resource', () => ['get', 'unicorns'], /^error: the server doesn't have a resource type "unicorns"\n$/],
    [
      'an unknown field',
      () => ['apply', '-f', file('field.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: u }\ndat: {}\n')],
      /unknown field "dat"/,
    ],
    [
      'a pod that is not there',
      () => ['get', 'pod', 'nobody'],
      /^Error from server \(NotFound\): pods "nobody" not found\n$/,
    ],
    [
      'a server that is not there',
      () => ['get', 'pods', '--server', 'https://127.0.0.1:1'],
      /^The connection to the server 127\.0\.0\.1:1 was refused - did you specify the right host or port\?\n$/,
    ],
  ])('%s', async (_, args, message) => {
    const { status, stderr, stdout } = await cluster.tryMinikctl(args());
    expect(stderr).toMatch(message);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  });
});

test('without a certificate: 403, or 401 for one that another authority signed', async () => {
  const { RestClient: Client } = await import('../client/rest.ts');
  const { server, ca } = client.config;
  const anonymous = new Client({ server, ca });
  await expect(anonymous.request({ path: maps })).rejects.toMatchObject({ code: 403, reason: 'Forbidden' });
  expect((await anonymous.request({ path: '/readyz' })).text).toBe('ok');
  const withToken = new Client({ server, ca, token: 'not-a-token' });
  await expect(withToken.request({ path: maps })).rejects.toMatchObject({ code: 401, reason: 'Unauthorized' });
});

test('every process is the one that was there before', () => {
  expect(pids()).toEqual(before);
});
