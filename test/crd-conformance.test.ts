/** The conformance rows about CustomResourceDefinitions and what they define, through the raw API. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiServer } from './harness/apiserver.ts';
import {
  anything,
  define,
  definitionOf,
  definitionPath,
  established,
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

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 25410);
});

afterAll(async () => {
  await server?.remove();
  await store?.remove();
});

const collection = definitionPath('').slice(0, -1);
const mergePatch = { 'content-type': 'application/merge-patch+json' };
const names = (items: { metadata: { name: string } }[]): string[] => items.map(({ metadata }) => metadata.name);
const fast = { everyMs: 20 };

describe('definitions', () => {
  test('conformance: Custom Resource Definition, create', async () => {
    await define(definitionOf('creates', [versionOf('v1', anything)]), server);
    const { status } = await json(server, 'DELETE', definitionPath('creates.tests.example.com'));
    expect(status).toBe(200);
    const gone = async () => (await json(server, 'GET', definitionPath('creates.tests.example.com'))).status === 404;
    await eventually('it is gone', gone, fast);
  });

  test('conformance: Custom Resource Definition, list', async () => {
    for (let i = 0; i < 10; i++) {
      const definition = definitionOf(`list${'abcdefghij'[i]}s`, [versionOf('v1', anything)]);
      definition.metadata.labels = { listed: 'yes' };
      await json(server, 'POST', collection, definition);
    }
    await define(definitionOf('bystanders', [versionOf('v1', anything)]), server);
    const listed = async () => (await json(server, 'GET', `${collection}?labelSelector=listed%3Dyes`)).body.items;
    expect(await listed()).toHaveLength(10);
    expect((await json(server, 'DELETE', `${collection}?labelSelector=listed%3Dyes`)).status).toBe(200);
    await eventually('they are gone', async () => (await listed()).length === 0, fast);
    expect((await json(server, 'GET', definitionPath('bystanders.tests.example.com'))).status).toBe(200);
  });

  test('conformance: Custom Resource Definition, status sub-resource', async () => {
    const name = 'reports.tests.example.com';
    await define(definitionOf('reports', [versionOf('v1', anything)]), server);
    const path = `${definitionPath(name)}/status`;
    const { body: read } = await json(server, 'GET', path);
    expect(read.status.acceptedNames.kind).toBe('Report');
    const updated = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set by a test' };
    const replaced = await json(server, 'PUT', path, {
      ...read,
      status: { ...read.status, conditions: [updated, ...read.status.conditions] },
    });
    expect(replaced.body.status.conditions).toContainEqual(expect.objectContaining({ reason: 'E2E' }));
    const patch = {
      metadata: { annotations: { patched: 'yes' } },
      status: { conditions: [...replaced.body.status.conditions, { type: 'Patched', status: 'True' }] },
    };
    const patched = await json(server, 'PATCH', path, patch, mergePatch);
    expect(patched.status).toBe(200);
    expect(
      names(patched.body.status.conditions.map((one: { type: string }) => ({ metadata: { name: one.type } }))),
    ).toContain('Patched');
  });

  test('conformance: Custom Resource Definition, discovery', async () => {
    const groups = (await json(server, 'GET', '/apis')).body.groups;
    const group = groups.find((one: { name: string }) => one.name === 'apiextensions.k8s.io');
    expect(group.versions).toContainEqual({ groupVersion: 'apiextensions.k8s.io/v1', version: 'v1' });
    expect((await json(server, 'GET', '/apis/apiextensions.k8s.io')).body.preferredVersion.version).toBe('v1');
    const { resources } = (await json(server, 'GET', '/apis/apiextensions.k8s.io/v1')).body;
    expect(resources).toContainEqual(
      expect.objectContaining({ name: 'customresourcedefinitions', kind: 'CustomResourceDefinition' }),
    );
  });

  const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const described = async (accept: string) => {
    const answer = await server.raw('/apis', { headers: { accept } });
    expect(answer.headers['content-type']).toContain('as=APIGroupDiscoveryList');
    const group = JSON.parse(answer.text).items.find(
      (one: { metadata: { name: string } }) => one.metadata.name === 'tests.example.com',
    );
    return (
      group?.versions.flatMap((version: { resources: { resource: string }[] }) =>
        version.resources.map(({ resource }) => resource),
      ) ?? []
    );
  };

  test('conformance: Aggregated Discovery Interface CRDs', async () => {
    await define(definitionOf('seens', [versionOf('v1', anything)]), server);
    expect(await described(`${aggregated},application/json`)).toContain('seens');
    await json(server, 'DELETE', definitionPath('seens.tests.example.com'));
    await eventually('it is not listed', async () => !(await described(aggregated)).includes('seens'), fast);
  });

  test('conformance: Aggregated Discovery Endpoint Accept Headers CRDs', async () => {
    await define(definitionOf('askeds', [versionOf('v1', anything)]), server);
    expect(await described(aggregated)).toContain('askeds');
    expect(await described(aggregated.replace('v=v2', 'v=v2beta1'))).toContain('askeds');
  });
});

describe('custom resources', () => {
  test('conformance: Custom Resource Definition, watch', async () => {
    await define(
      definitionOf('watches', [versionOf('v1', anything)], {
        scope: 'Cluster',
        names: { plural: 'watches', kind: 'Watched' },
      }),
      server,
    );
    const path = objectsPath('watches', 'v1', '');
    const [first, other] = ['name1', 'name2'].map((name) =>
      server.watch(`${path}?watch=1&fieldSelector=metadata.name%3D${name}`),
    );
    await eventually('both are open', () => first!.status === 200 && other!.status === 200, fast);
    await json(server, 'POST', path, objectNamed('Watched', 'name1'));
    await json(server, 'POST', path, objectNamed('Watched', 'name2'));
    await json(server, 'PATCH', `${path}/name1`, { data: 1 }, mergePatch);
    await json(server, 'DELETE', `${path}/name1`);
    await json(server, 'DELETE', `${path}/name2`);
    await eventually('all events are there', () => first!.events.length === 3 && other!.events.length === 2, fast);
    expect(first!.events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
    expect(other!.events.map(({ type }) => type)).toEqual(['ADDED', 'DELETED']);
    first!.close();
    other!.close();
  });

  test('conformance: Custom Resource Definition, defaulting', async () => {
    const name = 'defaults.tests.example.com';
    const schema = (properties: Record<string, { type: string; default?: unknown }>) => objectOf(properties);
    await define(
      definitionOf('defaults', [versionOf('v1', schema({ a: { type: 'string' } }))], {
        names: { plural: 'defaults', kind: 'Defaulted' },
      }),
      server,
    );
    const path = objectsPath('defaults');
    await json(server, 'POST', path, objectNamed('Defaulted', 'before'));
    const read = async (object: string) => (await json(server, 'GET', `${path}/${object}`)).body;
    const withA = schema({ a: { type: 'string', default: 'A' } });
    await redefine(server, name, { versions: [versionOf('v1', withA, { storage: true })] });
    await eventually('what was stored has the default', async () => (await read('before')).a === 'A', fast);
    const { body: created } = await json(server, 'POST', path, objectNamed('Defaulted', 'after'));
    expect(created.a).toBe('A');
    // What has been written keeps its value, what has only been read does not.
    const withAAndB = schema({ a: { type: 'string', default: 'AA' }, b: { type: 'string', default: 'B' } });
    await redefine(server, name, { versions: [versionOf('v1', withAAndB, { storage: true })] });
    await eventually('b is there', async () => (await read('after')).b === 'B', fast);
    expect([(await read('after')).a, (await read('before')).a]).toEqual(['A', 'AA']);
    await redefine(server, name, {
      versions: [versionOf('v1', schema({ a: { type: 'string' }, b: { type: 'string' } }), { storage: true })],
    });
    await eventually('b is gone', async () => (await read('after')).b === undefined, fast);
  });
});

describe('field validation', () => {
  const template = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'inner' } };
  const schema = objectOf({
    spec: objectOf({
      cronSpec: { type: 'string' },
      ports: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['containerPort'],
        items: objectOf(
          { containerPort: { type: 'integer' }, hostPort: { type: 'integer' } },
          { required: ['containerPort'] },
        ),
      },
      template: { ...anything, 'x-kubernetes-embedded-resource': true },
    }),
  });
  const yaml = { 'content-type': 'application/apply-patch+yaml' };
  const strictly = 'fieldManager=test&fieldValidation=Strict';

  beforeAll(async () => {
    await define(definitionOf('strictones', [versionOf('v1', schema)]), server);
    await define(definitionOf('looseones', [versionOf('v1', anything)]), server);
  });

  test('conformance: Server side field validation, unknown fields CR no validation schema', async () => {
    const object = objectNamed('Looseone', 'a', { spec: { foo: 'foo1', cronSpec: '* * * * */5' }, extra: 1 });
    const { status, warnings } = await json(server, 'PATCH', `${objectsPath('looseones')}/a?${strictly}`, object, yaml);
    expect([status, warnings]).toEqual([201, []]);
  });

  test('conformance: Server side field validation, valid CR with validation schema', async () => {
    const object = objectNamed('Strictone', 'a', {
      spec: { cronSpec: '* * * * */5', ports: [{ containerPort: 80, hostPort: 8080 }] },
    });
    const { status, warnings } = await json(
      server,
      'PATCH',
      `${objectsPath('strictones')}/a?${strictly}`,
      object,
      yaml,
    );
    expect([status, warnings]).toEqual([201, []]);
  });

  test('conformance: Server side field validation, unknown fields CR fails validation', async () => {
    const object = objectNamed('Strictone', 'b', { spec: { foo: 'foo1', ports: [{ name: 'x', containerPort: 80 }] } });
    for (const [method, path, headers] of [
      ['POST', `${objectsPath('strictones')}?${strictly}`, {}],
      ['PATCH', `${objectsPath('strictones')}/b?${strictly}`, yaml],
    ] as const) {
      const { status, body } = await json(server, method, path, object, headers);
      expect([status, body.message]).toEqual([
        expect.toSatisfy((code) => code === 400 || code === 500),
        expect.stringMatching(
          /unknown field "spec\.foo", unknown field "spec\.ports\[0\]\.name"|\.spec\.foo: field not declared in schema/,
        ),
      ]);
    }
  });

  test('conformance: Server side field validation, CR duplicates', async () => {
    const text =
      '{"apiVersion":"tests.example.com/v1","kind":"Looseone","metadata":{"name":"d"},"unknownDupe":1,"unknownDupe":2,"spec":{"a":1,"a":2}}';
    const path = `${objectsPath('looseones')}?${strictly}`;
    const { status, body } = await json(server, 'POST', path, text);
    expect([status, body.message]).toEqual([
      400,
      'Looseone in version "v1" cannot be handled as a Looseone: strict decoding error: duplicate field "unknownDupe", duplicate field "spec.a"',
    ]);
    const applied = 'apiVersion: tests.example.com/v1\nkind: Looseone\nmetadata:\n  name: d\nspec:\n  a: 1\n  a: 2\n';
    const answer = await json(server, 'PATCH', `${objectsPath('looseones')}/d?${strictly}`, applied, yaml);
    expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining('key "a" already set in map')]);
  });

  test('conformance: Server side field validation, unknown metadata', async () => {
    const metadata = { name: 'm', unknownMeta: 'unknown' };
    const inner = { ...template, metadata: { ...template.metadata, unknownSubMeta: 'unknown' } };
    const object = { ...objectNamed('Strictone', 'm', { spec: { template: inner } }), metadata };
    const { status, body } = await json(server, 'POST', `${objectsPath('strictones')}?${strictly}`, object);
    expect([status, body.message]).toEqual([
      400,
      'Strictone in version "v1" cannot be handled as a Strictone: strict decoding error: unknown field "metadata.unknownMeta", unknown field "spec.template.metadata.unknownSubMeta"',
    ]);
    const warned = await json(server, 'POST', objectsPath('strictones'), object);
    expect([warned.status, warned.body.spec.template.metadata]).toEqual([201, { name: 'inner' }]);
    expect(warned.warnings).toHaveLength(2);
    await established(server, 'strictones.tests.example.com');
  });
});
