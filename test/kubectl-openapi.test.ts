/**
 * What clients learn from OpenAPI, with every kubectl that is present: from version 2 (old ones for all, new ones for lists) and
 * from version 3; and how both are served.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiServer, type RawAnswer } from './harness/apiserver.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { kubectlMissing, kubectlPaths } from './harness/kubectl.ts';
import { type Result, run } from './harness/run.ts';

if (kubectlMissing) console.warn(`tests with kubectl are skipped: ${kubectlMissing}`);

let store: EtcdServer;
let server: ApiServer;

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 24671);
});

afterAll(async () => {
  await server?.remove();
  await store?.remove();
});

const configMap = (name: string, content: object): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  ...content,
});
const list = (...items: object[]): object => ({ apiVersion: 'v1', kind: 'List', items });
const replicaSet = (name: string, ...containers: string[]): object => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: containers.map((container) => ({ name: container, image: 'busybox:1.35' })) },
    },
  },
});

describe.skipIf(kubectlMissing).each([...kubectlPaths])('kubectl 1.%i', (minor, path) => {
  /** Old ones read version 2 alone when version 3 is switched off; new ones fall back to it. */
  const withoutV3 = { KUBECTL_EXPLAIN_OPENAPIV3: 'false', KUBECTL_OPENAPIV3_PATCH: 'false' };
  const kubectl = (command: string, manifest?: object, env?: NodeJS.ProcessEnv): Promise<Result> => {
    const common = [`--kubeconfig=${server.paths.kubeconfig}`, `--cache-dir=${server.paths.dataDir}/cache-${minor}`];
    return run(path, [...common, ...command.split(' ')], { input: manifest && JSON.stringify(manifest), env });
  };
  const said = (stdout: string): object => ({ status: 0, stdout, stderr: '' });

  test('apply makes a ReplicaSet, and changes it with and without version 3', async () => {
    const name = `web-${minor}`;
    expect(await kubectl('apply -f -', replicaSet(name, 'a'))).toEqual(said(`replicaset.apps/${name} created\n`));
    expect(await kubectl('apply -f -', replicaSet(name, 'a'))).toEqual(said(`replicaset.apps/${name} unchanged\n`));
    const changed = said(`replicaset.apps/${name} configured\n`);
    // The schema says that containers merge by name: the patch adds one, and later removes one.
    expect(await kubectl('apply -f -', replicaSet(name, 'b', 'a'), withoutV3)).toEqual(changed);
    expect(await kubectl('apply -f -', replicaSet(name, 'b'))).toEqual(changed);
    const names = '{.spec.template.spec.containers[*].name}';
    expect(await kubectl(`get replicaset ${name} -o jsonpath=${names}`)).toEqual(said('b'));
  });

  test('the items of a List are checked one by one', async () => {
    const [a, b] = [`a-${minor}`, `b-${minor}`];
    const bad = await kubectl('apply -f -', list(configMap(a, { data: {} }), configMap(b, { dat: {} })));
    expect(bad).toMatchObject({ status: 1, stdout: '' });
    expect(bad.stderr).toContain(
      'error validating data: ValidationError(ConfigMap): unknown field "dat" in io.k8s.api.core.v1.ConfigMap',
    );
    const mistyped = await kubectl('create -f -', list(configMap(a, { data: 'text' })));
    expect(mistyped.stderr).toContain(
      'invalid type for io.k8s.api.core.v1.ConfigMap.data: got "string", expected "map"',
    );
    const good = list(configMap(a, { data: { k: 'v' } }), configMap(b, { binaryData: { k: 'dg==' } }));
    expect(await kubectl('apply -f - --dry-run=server', good)).toEqual(
      said(`configmap/${a} created (server dry run)\nconfigmap/${b} created (server dry run)\n`),
    );
    expect(await kubectl('apply -f -', good)).toEqual(said(`configmap/${a} created\nconfigmap/${b} created\n`));
    expect(await kubectl('delete -f -', good)).toMatchObject({ status: 0 });
  });

  test('a List may hold quantities, and ports by number', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `p-${minor}` },
      spec: {
        containers: [
          {
            name: 'c',
            image: 'busybox:1.35',
            resources: { limits: { cpu: '500m', memory: '1Gi' } },
            livenessProbe: { tcpSocket: { port: 80 } },
          },
        ],
      },
    };
    expect(await kubectl('apply -f - --dry-run=server', list(pod))).toEqual(
      said(`pod/p-${minor} created (server dry run)\n`),
    );
  });

  test('the server is asked to check a single object', async () => {
    const { status, stderr } = await kubectl('apply -f -', configMap(`bad-${minor}`, { dat: {} }));
    expect(status).toBe(1);
    expect(stderr).toContain('strict decoding error: unknown field "dat"');
  });

  test.each([
    ['version 3', ''],
    ['version 2', ' --output=plaintext-openapiv2'],
  ])('explain reads %s', async (_, flag) => {
    const { status, stdout } = await kubectl(`explain pod.spec.containers${flag}`);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^KIND: +Pod\nVERSION: +v1\n/);
    expect(stdout).toContain('List of containers belonging to the pod.');
    expect(stdout).toMatch(/\n\s+imagePullPolicy\s<string>/);
    expect(stdout).toMatch(/\n\s+name\s<string> -?required-?\n/);
  });
});

describe('/openapi', () => {
  const get = (path: string, headers: Record<string, string> = {}): Promise<RawAnswer> => server.raw(path, { headers });
  const protobuf = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

  test.each([
    ['*/*', 'application/json'],
    ['application/json', 'application/json'],
    [protobuf, protobuf],
    ['application/com.github.proto-openapi.spec.v2@v1.0+protobuf', protobuf],
    [`application/json;q=0.1,${protobuf}`, protobuf],
  ])('v2 for those who accept %s', async (accept, contentType) => {
    const { status, headers } = await get('/openapi/v2', { accept });
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'content-type': contentType, etag: expect.stringMatching(/^"[0-9A-F]{128}"$/) });
  });

  test('v2 is the document of all kinds of this release', async () => {
    const document = JSON.parse((await get('/openapi/v2')).text);
    const { gitVersion } = JSON.parse((await get('/version')).text);
    expect(document).toMatchObject({ swagger: '2.0', info: { title: 'Kubernetes', version: gitVersion } });
    expect(document.definitions).toHaveProperty(['io.k8s.api.apps.v1.Deployment']);
    expect(JSON.parse((await get('/')).text).paths).toContain('/openapi/v2');
  });

  test.each(['/openapi/v2', '/openapi/v3/api/v1'])('%s in no other form', async (path) => {
    const { status, text } = await get(path, { accept: 'text/html' });
    expect(status).toBe(406);
    expect(JSON.parse(text)).toMatchObject({ kind: 'Status', reason: 'NotAcceptable' });
  });

  test.each(['/openapi/v2', '/openapi/v3', '/openapi/v3/apis/apps/v1'])('%s: compressed and kept', async (path) => {
    const plain = await get(path);
    const zipped = await get(path, { 'accept-encoding': 'gzip' });
    expect(zipped.headers).toMatchObject({ 'content-encoding': 'gzip', etag: plain.headers['etag'] });
    expect(Number(zipped.headers['content-length'])).toBeLessThan(plain.text.length);
    const again = await get(path, { 'if-none-match': String(plain.headers['etag']) });
    expect(again).toMatchObject({ status: 304, text: '' });
  });

  test('a version 3 URL with a hash is for ever, and one with an old hash leads to it', async () => {
    const index = JSON.parse((await get('/openapi/v3')).text);
    const url: string = index.paths['apis/apps/v1'].serverRelativeURL;
    expect(await get(url)).toMatchObject({
      status: 200,
      headers: { 'cache-control': 'public, immutable', expires: expect.any(String), etag: `"${url.split('=')[1]}"` },
    });
    expect(await get('/openapi/v3/apis/apps/v1?hash=OLD')).toMatchObject({ status: 301, headers: { location: url } });
    expect((await get('/openapi/v3/apis/nothing/v1')).status).toBe(404);
  });
});
