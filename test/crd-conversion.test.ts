/** Versions of custom resources with a conversion webhook, and official clients on them. */
import { networkInterfaces } from 'node:os';
import * as k8s from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endpointslices } from '../api/kinds/endpointslices.ts';
import { services } from '../api/kinds/services.ts';
import type { KubeObject } from '../api/types.ts';
import { ApiServer } from './harness/apiserver.ts';
import { ConversionWebhook, converted } from './harness/conversion-webhook.ts';
import {
  anything,
  define,
  definitionOf,
  definitionPath,
  json,
  objectNamed,
  objectOf,
  objectsPath,
  redefine,
  versionOf,
} from './harness/custom-resources.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';

let store: EtcdServer;
let server: ApiServer;
let webhook: ConversionWebhook;

type Hosted = KubeObject & { hostPort?: string; host?: string; port?: string };

/** v1 has `hostPort: 'host:port'`, v2 has them apart. */
function convert(object: KubeObject, apiVersion: string): KubeObject {
  const { hostPort, host, port, ...rest } = object as Hosted;
  if (apiVersion.endsWith('/v2')) {
    const [before = '', after = ''] = (hostPort ?? '').split(':');
    return { ...rest, apiVersion, host: before, port: after } as KubeObject;
  }
  return { ...rest, apiVersion, hostPort: `${host}:${port}` } as KubeObject;
}

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 25430);
  webhook = await ConversionWebhook.start(convert);
});

afterAll(async () => {
  webhook?.close();
  await server?.remove();
  await store?.remove();
});

const fast = { everyMs: 20 };
const text = { type: 'string' };
const v1 = versionOf('v1', objectOf({ hostPort: text }), { selectableFields: [{ jsonPath: '.hostPort' }] });
const v2 = versionOf('v2', objectOf({ host: text, port: text }), {
  selectableFields: [{ jsonPath: '.host' }, { jsonPath: '.port' }],
});

const defineHosts = (plural: string) =>
  define(definitionOf(plural, [v1, v2], { conversion: webhook.conversion }), server);

describe('a conversion webhook', () => {
  test('conformance: Custom Resource Definition Conversion Webhook, conversion custom resource', async () => {
    await defineHosts('singles');
    const created = await json(
      server,
      'POST',
      objectsPath('singles'),
      objectNamed('Single', 'a', { hostPort: 'localhost:8080' }),
    );
    expect(created.status).toBe(201);
    const { body } = await json(server, 'GET', `${objectsPath('singles', 'v2')}/a`);
    expect([body.apiVersion, body.host, body.port, body.hostPort]).toEqual([
      'tests.example.com/v2',
      'localhost',
      '8080',
      undefined,
    ]);
    expect(body.metadata.uid).toBe(created.body.metadata.uid);
    const changed = await json(server, 'PUT', `${objectsPath('singles', 'v2')}/a`, { ...body, port: '9090' });
    expect([changed.status, changed.body.port]).toEqual([200, '9090']);
    expect((await json(server, 'GET', `${objectsPath('singles')}/a`)).body.hostPort).toBe('localhost:9090');
  });

  test('conformance: Custom Resource Definition Conversion Webhook, convert mixed version list', async () => {
    await defineHosts('mixeds');
    for (const name of ['a', 'b'])
      await json(server, 'POST', objectsPath('mixeds'), objectNamed('Mixed', name, { hostPort: `${name}:1` }));
    await redefine(server, 'mixeds.tests.example.com', {
      versions: [
        { ...v1, storage: false },
        { ...v2, storage: true },
      ],
    });
    const create = () =>
      json(server, 'POST', objectsPath('mixeds', 'v2'), objectNamed('Mixed', 'c', { host: 'c', port: '1' }, 'v2'));
    expect((await create()).status).toBe(201);
    webhook.batches.length = 0;
    const inV2 = (await json(server, 'GET', objectsPath('mixeds', 'v2'))).body.items;
    expect(inV2.map((one: Hosted) => [one.apiVersion, one.host])).toEqual(
      ['a', 'b', 'c'].map((name) => ['tests.example.com/v2', name]),
    );
    // One request for all, and none for what is in that version already.
    expect(webhook.batches).toEqual([2]);
    const inV1 = (await json(server, 'GET', objectsPath('mixeds'))).body.items;
    expect(inV1.map((one: Hosted) => one.hostPort)).toEqual(['a:1', 'b:1', 'c:1']);
  });

  test('conformance: custom-resource-definition-field-selectors-list-watch-register-informers', async () => {
    await defineHosts('selecteds');
    const [one, two] = [objectsPath('selecteds'), objectsPath('selecteds', 'v2')];
    const watch = server.watch(`${two}?watch=1&fieldSelector=host%3Dhost1`);
    await eventually('it is open', () => watch.status === 200, fast);
    for (const [name, hostPort] of [
      ['a', 'host1:80'],
      ['b', 'host2:80'],
      ['c', 'host1:8080'],
    ]) {
      await json(server, 'POST', one, objectNamed('Selected', name!, { hostPort }));
    }
    const listed = async (path: string, selector: string) =>
      (await json(server, 'GET', `${path}?fieldSelector=${encodeURIComponent(selector)}`)).body.items.map(
        ({ metadata }: KubeObject) => metadata.name,
      );
    expect(await listed(one, 'hostPort=host1:80')).toEqual(['a']);
    expect(await listed(two, 'host=host1')).toEqual(['a', 'c']);
    expect(await listed(two, 'host=host1,port=80')).toEqual(['a']);
    await eventually('both have arrived', () => watch.events.length === 2, fast);
    await json(
      server,
      'PATCH',
      `${one}/a`,
      { hostPort: 'elsewhere:80' },
      { 'content-type': 'application/merge-patch+json' },
    );
    await eventually('one has left', () => watch.events.length === 3, fast);
    expect(watch.events.map(({ type, object }) => [type, object.metadata.name, object.apiVersion])).toEqual([
      ['ADDED', 'a', 'tests.example.com/v2'],
      ['ADDED', 'c', 'tests.example.com/v2'],
      ['DELETED', 'a', 'tests.example.com/v2'],
    ]);
    watch.close();
    expect((await json(server, 'GET', `${one}?fieldSelector=host%3Dx`)).status).toBe(400);
  });

  const own = Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === 'IPv4' && !one.internal)?.address;

  test.skipIf(own === undefined)('behind a Service is found by its endpoints on this machine', async () => {
    const metadata = { name: 'converter', namespace: 'default' };
    const ports = [{ name: 'https', port: 443, protocol: 'TCP' as const }];
    await server
      .client()
      .of(services)
      .create({ metadata, spec: { clusterIP: 'None', ports } });
    await server
      .client()
      .of(endpointslices)
      .create({
        metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'converter' } },
        addressType: 'IPv4',
        endpoints: [{ addresses: [own!] }],
        ports: [{ name: 'https', port: webhook.port, protocol: 'TCP' }],
      });
    const clientConfig = {
      service: { name: 'converter', namespace: 'default', path: '/convert' },
      caBundle: webhook.caBundle,
    };
    const conversion = { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1'] } };
    await define(definitionOf('serviceds', [v1, v2], { conversion }), server);
    await json(server, 'POST', objectsPath('serviceds'), objectNamed('Serviced', 'a', { hostPort: 'x:1' }));
    const { body } = await json(server, 'GET', `${objectsPath('serviceds', 'v2')}/a`);
    expect([body.message, body.host]).toEqual([undefined, 'x']);
  });

  describe('that fails', () => {
    const path = objectsPath('faileds', 'v2');
    const about = 'conversion webhook for tests.example.com/v1, Kind=Failed';

    beforeAll(async () => {
      await defineHosts('faileds');
    });

    const create = (name: string) =>
      json(server, 'POST', objectsPath('faileds'), objectNamed('Failed', name, { hostPort: 'a:1' }));

    test.each<[string, string, (object: KubeObject) => unknown]>([
      ['uid', 'must have the same UID', (object) => ({ ...object, metadata: { ...object.metadata, uid: 'x' } })],
      [
        'version',
        'invalid groupVersion (expected tests.example.com/v2, received tests.example.com/v1)',
        (object) => ({ ...object, apiVersion: 'tests.example.com/v1' }),
      ],
      ['nothing', 'it has no metadata', () => 'text'],
      [
        'labels',
        'metadata.labels must be a map of strings',
        (object) => ({ ...object, metadata: { ...object.metadata, labels: { a: 1 } } }),
      ],
    ])('a converted object with another %s is refused', async (name, message, spoil) => {
      await create(name);
      const answer = webhook.answer;
      webhook.answer = (request, apiVersion) =>
        converted(request, apiVersion, (object, to) => spoil(convert(object, to)) as KubeObject);
      const { status, body } = await json(server, 'GET', `${path}/${name}`);
      webhook.answer = answer;
      expect([status, body.message]).toEqual([
        500,
        expect.stringContaining(`${about} returned invalid converted object at index 0: ${message}`),
      ]);
      expect((await json(server, 'GET', `${path}/${name}`)).status).toBe(200);
    });

    test.each<[string, string, object]>([
      ['refuses', `${about} failed: no way`, { response: { result: { status: 'Failure', message: 'no way' } } }],
      ['says-nothing', `${about} failed: no response provided`, {}],
      [
        'loses',
        `${about} returned 0 objects, expected 1`,
        { response: { result: { status: 'Success' }, convertedObjects: [] } },
      ],
    ])('one that %s', async (name, message, review) => {
      await create(name);
      const answer = webhook.answer;
      webhook.answer = ({ uid }, apiVersion) => {
        const { response } = review as { response?: object };
        return { kind: 'ConversionReview', apiVersion, ...(response && { response: { uid, ...response } }) };
      };
      const { body } = await json(server, 'GET', `${path}/${name}`);
      webhook.answer = answer;
      expect(body.message).toBe(message);
    });

    test('one that is not there, or is not who it should be', async () => {
      const { caBundle } = webhook;
      const config = (clientConfig: object) => ({
        strategy: 'Webhook',
        webhook: { clientConfig, conversionReviewVersions: ['v1'] },
      });
      const definition = definitionOf('unreacheds', [v1, v2], {
        conversion: config({ url: 'https://127.0.0.1:1/x', caBundle }),
      });
      await define(definition, server);
      await json(server, 'POST', objectsPath('unreacheds'), objectNamed('Unreached', 'a', { hostPort: 'a:1' }));
      const message = async () => (await json(server, 'GET', `${objectsPath('unreacheds', 'v2')}/a`)).body.message;
      const failed = 'conversion webhook for tests.example.com/v1, Kind=Unreached failed: ';
      expect(await message()).toBe(
        `${failed}Post "https://127.0.0.1:1/x?timeout=30s": dial tcp 127.0.0.1:1: connect: connection refused`,
      );
      // The stored version can be read all the same.
      expect((await json(server, 'GET', `${objectsPath('unreacheds')}/a`)).status).toBe(200);
      const says = async (what: string, spec: object) => {
        await redefine(server, 'unreacheds.tests.example.com', { conversion: { ...spec } });
        await eventually(what, async () => (await message())?.includes(what), fast);
      };
      const url = `https://127.0.0.1:${webhook.port}/x`;
      await says('x509: certificate signed by unknown authority', config({ url, caBundle: null }));
      const service = { name: 'nowhere', namespace: 'default', port: 443 };
      await says('service "nowhere" not found', config({ url: null, service }));
    });
  });
});

describe('@kubernetes/client-node', () => {
  test('lists, changes and watches custom resources; its informer follows a change of the definition', async () => {
    const config = new k8s.KubeConfig();
    config.loadFromFile(server.paths.kubeconfig);
    const definitions = config.makeApiClient(k8s.ApiextensionsV1Api);
    const objects = config.makeApiClient(k8s.CustomObjectsApi);
    await define(definitionOf('clients', [versionOf('v1', anything)]), server);
    const { items } = await definitions.listCustomResourceDefinition();
    expect(items.map(({ metadata }) => metadata!.name)).toContain('clients.tests.example.com');
    const at = { group: 'tests.example.com', version: 'v1', namespace: 'default', plural: 'clients' };
    const seen: string[] = [];
    const list = () =>
      objects.listNamespacedCustomObject(at) as Promise<k8s.KubernetesListObject<k8s.KubernetesObject>>;
    const informer = k8s.makeInformer(config, '/apis/tests.example.com/v1/namespaces/default/clients', list);
    for (const event of ['add', 'update', 'delete'] as const)
      informer.on(event, (object) => seen.push(`${event} ${object.metadata?.name}`));
    informer.on('error', () => setTimeout(() => informer.start(), 50));
    await informer.start();
    await objects.createNamespacedCustomObject({ ...at, body: objectNamed('Client', 'a', { x: 1 }) });
    await eventually('it is seen', () => seen.includes('add a'), fast);
    await redefine(server, 'clients.tests.example.com', { names: { shortNames: ['cl'] } });
    const changed = (await objects.getNamespacedCustomObject({ ...at, name: 'a' })) as Record<string, unknown>;
    await objects.replaceNamespacedCustomObject({ ...at, name: 'a', body: { ...changed, x: 2 } });
    await eventually('the change is seen', () => seen.includes('update a'), fast);
    await objects.deleteNamespacedCustomObject({ ...at, name: 'a' });
    await eventually('the deletion is seen', () => seen.includes('delete a'), fast);
    await informer.stop();
    expect((await json(server, 'DELETE', definitionPath('clients.tests.example.com'))).status).toBe(200);
  });
});
