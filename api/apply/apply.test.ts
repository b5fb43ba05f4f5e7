/** Whole applies and updates: what becomes of the object, and of who owns its fields. */
import { describe, expect, test } from 'vitest';
import { builtInShape } from './built-in-shape.ts';
import { setOfPaths } from './field-set.ts';
import { lastAppliedAnnotation } from './last-applied.ts';
import type { Version } from './ownership.ts';
import { structuralShape } from './structural-shape.ts';
import { Tracked, versionOf } from './tracked.fixture.ts';

const service = versionOf('v1', builtInShape('io.k8s.api.core.v1.Service'));
const pods = versionOf('v1', builtInShape('io.k8s.api.core.v1.Pod'), setOfPaths(['f:status']));
const deployments = versionOf('apps/v1', builtInShape('io.k8s.api.apps.v1.Deployment'));

const scalar = { type: 'string' };
const schema = {
  type: 'object',
  properties: {
    numeric: { type: 'integer' },
    string: scalar,
    map: { type: 'object', additionalProperties: scalar },
    struct: {
      type: 'object',
      properties: { a: scalar, b: scalar, inner: { type: 'object', properties: { c: scalar } } },
    },
    set: { type: 'array', items: scalar, 'x-kubernetes-list-type': 'set' },
    list: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        properties: {
          name: scalar,
          value: { type: 'integer' },
          set: { type: 'array', items: scalar, 'x-kubernetes-list-type': 'set' },
          map: { type: 'object', additionalProperties: scalar },
        },
      },
    },
    maps: { type: 'object', additionalProperties: { type: 'object', additionalProperties: scalar } },
    atomicList: { type: 'array', items: scalar },
    atomicMap: { type: 'object', additionalProperties: scalar, 'x-kubernetes-map-type': 'atomic' },
  },
};
const shape = structuralShape(schema);
const custom = (): Tracked => new Tracked(versionOf('v1', shape), versionOf('v2', shape));

const refusal = async (promise: Promise<unknown>): Promise<Record<string, unknown>> =>
  promise.then(
    () => ({ refused: false }),
    (error) => error as Record<string, unknown>,
  );

describe('one applier', () => {
  test('owns what it lists; what it does not list any more goes', async () => {
    const o = custom();
    await o.apply('a', {
      numeric: 1,
      map: { x: '1', y: '2' },
      set: ['p', 'q'],
      list: [{ name: 'm', value: 1 }, { name: 'n' }],
    });
    expect(o.owners()).toEqual({
      'Apply a': [
        '.numeric',
        '.list[name="m"]',
        '.list[name="n"]',
        '.list[name="m"].name',
        '.list[name="m"].value',
        '.list[name="n"].name',
        '.map.x',
        '.map.y',
        '.set[="p"]',
        '.set[="q"]',
      ],
    });
    await o.apply('a', { map: { y: '3' }, set: ['q'], list: [{ name: 'm' }] });
    expect(o.object).toEqual({ map: { y: '3' }, set: ['q'], list: [{ name: 'm' }] });
    await o.apply('a', {});
    expect(o.object).toEqual({});
    expect(o.owners()).toEqual({});
  });

  test('applying the same again changes nothing, not even the time', async () => {
    const o = custom();
    await o.apply('a', { string: 's', atomicList: ['x'] });
    const before = structuredClone(o.entries);
    expect((await o.apply('a', { string: 's', atomicList: ['x'] })).object).toBeUndefined();
    expect(o.entries).toEqual(before);
  });

  test('what nobody owns stays inside of an item that goes on', async () => {
    const o = custom();
    await o.apply('a', { list: [{ name: 'm', value: 1 }] });
    // A default that the server has set has no owner.
    o.object = { list: [{ name: 'm', value: 1, map: { by: 'server' } }] };
    await o.apply('a', { list: [{ name: 'm' }] });
    expect(o.object).toEqual({ list: [{ name: 'm', map: { by: 'server' } }] });
    await o.apply('a', {});
    expect(o.object).toEqual({});
  });

  test('the same name in another version keeps its entry', async () => {
    const o = custom();
    await o.apply('a', { string: '1', map: { x: '1' } }, { version: 'v1' });
    await o.apply('a', { string: '2' }, { version: 'v2' });
    expect(o.object).toEqual({ string: '2' });
    expect(o.entries).toMatchObject([{ manager: 'a', apiVersion: 'v2', operation: 'Apply' }]);
  });
});

describe('several appliers', () => {
  test('own together what they say alike; the last to let go of it removes it', async () => {
    const o = custom();
    await o.apply('a', { string: 's', list: [{ name: 'm', value: 1 }] });
    await o.apply('b', { string: 's', list: [{ name: 'm', value: 1 }] });
    await o.apply('a', {});
    expect(o.object).toEqual({ string: 's', list: [{ name: 'm', value: 1 }] });
    await o.apply('b', {});
    expect(o.object).toEqual({});
  });

  test('add to each other', async () => {
    const o = custom();
    await o.apply('a', { set: ['p'], map: { x: '1' }, list: [{ name: 'm', value: 1 }] });
    await o.apply('b', { set: ['q'], map: { y: '2' }, list: [{ name: 'm', set: ['z'] }] });
    expect(o.object).toEqual({ set: ['p', 'q'], map: { x: '1', y: '2' }, list: [{ name: 'm', value: 1, set: ['z'] }] });
    await o.apply('a', { list: [{ name: 'm' }] });
    expect(o.object).toEqual({ set: ['q'], map: { y: '2' }, list: [{ name: 'm', set: ['z'] }] });
    // The item itself is still b's.
    await o.apply('a', {});
    expect(o.object).toEqual({ set: ['q'], map: { y: '2' }, list: [{ name: 'm', set: ['z'] }] });
  });

  test('conflict where they say otherwise, unless forced', async () => {
    const o = custom();
    await o.apply('a', { string: 'a', numeric: 1 });
    const before = structuredClone(o.entries);
    expect(await refusal(o.apply('b', { string: 'b', numeric: 1 }))).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "a": .string',
      details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "a"', field: '.string' }] },
    });
    expect([o.object, o.entries]).toEqual([{ string: 'a', numeric: 1 }, before]);
    await o.apply('b', { string: 'b', numeric: 1 }, { force: true });
    expect(o.object).toEqual({ string: 'b', numeric: 1 });
    expect(o.owners()).toEqual({ 'Apply a': ['.numeric'], 'Apply b': ['.numeric', '.string'] });
    // What was taken from it does not go with it.
    await o.apply('a', { numeric: 1 });
    expect(o.object).toEqual({ string: 'b', numeric: 1 });
  });

  test('atomic lists and maps have one owner', async () => {
    const o = custom();
    await o.apply('a', { atomicList: ['a'], atomicMap: { x: '1' } });
    expect(await refusal(o.apply('b', { atomicList: ['b'], atomicMap: { y: '2' } }))).toMatchObject({
      message: 'Apply failed with 2 conflicts: conflicts with "a":\n- .atomicList\n- .atomicMap',
    });
    await o.apply('b', { atomicList: ['b'], atomicMap: { y: '2' } }, { force: true });
    expect(o.object).toEqual({ atomicList: ['b'], atomicMap: { y: '2' } });
    expect(o.owners()).toEqual({ 'Apply b': ['.atomicList', '.atomicMap'] });
  });

  test('conflicts are listed by owner', async () => {
    const o = custom();
    await o.apply('b', { map: { x: '1' }, list: [{ name: 'm', value: 1 }] });
    await o.update('a', { ...o.object, string: 'a' }, { subresource: 'status' });
    const error = await refusal(o.apply('c', { string: 'c', map: { x: '2' }, list: [{ name: 'm', value: 2 }] }));
    expect(error['message']).toBe(
      'Apply failed with 3 conflicts: conflicts with "a" with subresource "status" using v1:\n- .string\n' +
        'conflicts with "b":\n- .list[name="m"].value\n- .map.x',
    );
  });
});

describe('updates', () => {
  test('own what they change; appliers lose it without being asked', async () => {
    const o = custom();
    await o.apply('a', { string: 'a', map: { x: '1', y: '1' }, numeric: 1 });
    await o.update('u', { string: 'u', map: { x: '1', z: '3' }, numeric: 1 });
    expect(o.owners()).toEqual({ 'Apply a': ['.numeric', '.map.x'], 'Update u': ['.string', '.map.z'] });
    expect(await refusal(o.apply('a', { string: 'a', numeric: 1 }))).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "u" using v1: .string',
    });
    // What the updater has taken or added stays, what the applier still owned goes.
    await o.apply('a', { numeric: 1 });
    expect(o.object).toEqual({ string: 'u', map: { z: '3' }, numeric: 1 });
  });

  test('of the same manager come together by version and subresource', async () => {
    const o = custom();
    await o.update('u', { string: '1' });
    await o.update('u', { string: '1', numeric: 2 });
    await o.update('u', { string: '1', numeric: 3 }, { version: 'v2' });
    await o.update('u', { string: '2', numeric: 3 }, { subresource: 'scale' });
    expect(o.entries).toMatchObject([
      { apiVersion: 'v2', fieldsV1: { 'f:numeric': {} } },
      { apiVersion: 'v1', subresource: 'scale', fieldsV1: { 'f:string': {} } },
    ]);
  });

  test('that change nothing own nothing and leave the times', async () => {
    const o = custom();
    await o.apply('a', { string: 'a' });
    const before = structuredClone(o.entries);
    await o.update('u', { string: 'a' });
    expect(o.entries).toEqual(before);
  });

  test('of an object that was never tracked are not tracked either, until it is applied to', async () => {
    const o = custom();
    o.object = { string: 'old', numeric: 1 };
    await o.update('u', { string: 'new', numeric: 1 });
    expect(o.entries).toEqual([]);
    expect(await refusal(o.apply('a', { string: 'mine' }))).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .string',
    });
    await o.apply('a', { string: 'mine' }, { force: true });
    expect(o.owners()).toEqual({ 'Apply a': ['.string'], 'Update before-first-apply': ['.numeric'] });
  });

  test('by very many managers leave the oldest under one name', async () => {
    const o = custom();
    for (let i = 0; i < 14; i++)
      await o.update(`u${i}`, { ...o.object, map: { ...(o.object?.['map'] as object), [`k${i}`]: 'v' } });
    expect(o.entries).toHaveLength(10);
    expect(o.owners()['Update ancient-changes']).toEqual([
      '.map',
      '.map.k0',
      '.map.k1',
      '.map.k2',
      '.map.k3',
      '.map.k4',
    ]);
    expect(o.entries[0]).toMatchObject({ manager: 'ancient-changes', time: '2026-01-01T00:00:05Z' });
  });

  test('duplicates that are there already can be applied around', async () => {
    const o = custom();
    await o.update('u', { list: [{ name: 'd', value: 1 }, { name: 'd', value: 2 }, { name: 'e' }] });
    await o.apply('a', { list: [{ name: 'e', value: 5 }] });
    expect(o.object).toEqual({
      list: [
        { name: 'd', value: 1 },
        { name: 'd', value: 2 },
        { name: 'e', value: 5 },
      ],
    });
    await o.apply('a', { list: [{ name: 'd', value: 3 }] }, { force: true });
    expect(o.object).toMatchObject({ list: expect.arrayContaining([{ name: 'd', value: 3 }]) });
  });
});

describe('built-in types', () => {
  test('a port without a protocol is the TCP port', async () => {
    const o = new Tracked(service);
    await o.apply('a', { apiVersion: 'v1', kind: 'Service', spec: { ports: [{ port: 80, name: 'http' }] } });
    o.object = {
      apiVersion: 'v1',
      kind: 'Service',
      spec: { ports: [{ port: 80, name: 'http', protocol: 'TCP', targetPort: 80 }] },
    };
    await o.apply('b', {
      apiVersion: 'v1',
      kind: 'Service',
      spec: {
        ports: [
          { port: 80, protocol: 'TCP', targetPort: 8080 },
          { port: 80, protocol: 'UDP' },
        ],
      },
    });
    expect(o.object).toMatchObject({
      spec: {
        ports: [
          { port: 80, name: 'http', protocol: 'TCP', targetPort: 8080 },
          { port: 80, protocol: 'UDP' },
        ],
      },
    });
  });

  test('what identifies an object has no owner, nor has its status in the object itself', async () => {
    const o = new Tracked(pods);
    const config = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'n', labels: { a: '1' } },
      status: { phase: 'Running' },
    };
    await o.apply('a', config);
    expect(o.owners()).toEqual({ 'Apply a': ['.metadata.labels.a'] });
  });

  test.each([
    [{ spec: { foo: 1 } }, '.spec.foo: field not declared in schema'],
    [{ spec: { replicas: 'two' } }, '.spec.replicas: expected numeric (int or float), got string'],
    [{ spec: [] }, '.spec: expected map, got []'],
    [
      { spec: { template: { spec: { containers: [{ name: 'a' }, { name: 'a' }] } } } },
      '.spec.template.spec.containers: duplicate entries for key [name="a"]',
    ],
    [
      { spec: { template: { spec: { containers: [{ image: 'x' }] } } } },
      `.spec.template.spec.containers: element 0: associative list with keys has an element that omits key field "name" (and doesn't have default value)`,
    ],
    [
      { spec: { template: { spec: { containers: [{ name: 'a', comand: [] }] } } } },
      '.spec.template.spec.containers[name="a"].comand: field not declared in schema',
    ],
    [{ spec: { x: 1 }, y: 2 }, 'errors:\n  .spec.x: field not declared in schema\n  .y: field not declared in schema'],
  ])('%j does not fit', async (config, why) => {
    const o = new Tracked(deployments);
    const whole = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'default' },
      ...config,
    };
    expect(await refusal(o.apply('a', whole))).toMatchObject({
      code: 400,
      message: `failed to create typed patch object (default/web; apps/v1, Kind=Deployment): ${why}`,
    });
  });
});

describe('coming from client-side apply', () => {
  const manifest = (replicas: number, image: string) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', annotations: {} },
    spec: { replicas, template: { spec: { containers: [{ name: 'c', image }] } } },
  });
  const clientSide = async (): Promise<Tracked> => {
    const o = new Tracked(deployments);
    const applied = manifest(1, 'i:1');
    const annotations = { [lastAppliedAnnotation]: `${JSON.stringify(applied)}\n` };
    await o.update('kubectl-client-side-apply', { ...applied, metadata: { name: 'web', annotations } });
    return o;
  };

  test('kubectl changes what it has applied before, and keeps the annotation', async () => {
    const o = await clientSide();
    await o.apply('kubectl', manifest(1, 'i:2'));
    const { annotations } = o.object!['metadata'] as { annotations: Record<string, string> };
    expect(JSON.parse(annotations[lastAppliedAnnotation]!)).toEqual(manifest(1, 'i:2'));
    expect(o.owners()['Apply kubectl']).toContain('.spec.template.spec.containers[name="c"].image');
  });

  test('what somebody else has changed since conflicts', async () => {
    const o = await clientSide();
    const scaled = structuredClone(o.object) as { spec: { replicas: number } };
    scaled.spec.replicas = 5;
    await o.update('hpa', scaled, { subresource: 'scale' });
    expect(await refusal(o.apply('kubectl', manifest(1, 'i:2')))).toMatchObject({
      message:
        'Apply failed with 1 conflict: conflict with "hpa" with subresource "scale" using apps/v1: .spec.replicas',
    });
  });

  test('other managers have conflicts, and leave the annotation alone', async () => {
    const o = await clientSide();
    expect(await refusal(o.apply('helm', manifest(1, 'i:2')))).toMatchObject({
      message:
        'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.template.spec.containers[name="c"].image',
    });
  });
});

describe('versions that differ', () => {
  /** The second version calls the field `s` what the first calls `string`. */
  const renamed: Version = {
    ...versionOf('v2', structuralShape({ type: 'object', properties: { s: scalar, numeric: { type: 'integer' } } })),
    convert: (object) => {
      const { string, ...rest } = object as { string?: string };
      return { ...rest, ...(string !== undefined && { s: string }) };
    },
    convertBack: (object) => {
      const { s, ...rest } = object as { s?: string };
      return { ...rest, ...(s !== undefined && { string: s }) };
    },
  };

  test('an owner in another version loses what is changed, and keeps what is not', async () => {
    const o = new Tracked(versionOf('v1', shape), renamed);
    o.object = { string: 'x', numeric: 1 };
    o.entries = [
      {
        manager: 'b',
        operation: 'Apply',
        apiVersion: 'v2',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:s': {}, 'f:numeric': {} },
      },
    ];
    expect(await refusal(o.apply('a', { string: 'y' }))).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "b": .s',
    });
    await o.apply('a', { string: 'y' }, { force: true });
    expect(o.owners()).toEqual({ 'Apply a': ['.string'], 'Apply b': ['.numeric'] });
  });

  test('what an applier owned in another version goes when it does not list it any more', async () => {
    const o = new Tracked(versionOf('v1', shape), renamed);
    o.object = { string: 'x', numeric: 1 };
    o.entries = [
      {
        manager: 'a',
        operation: 'Apply',
        apiVersion: 'v2',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:s': {}, 'f:numeric': {} },
      },
      { manager: 'b', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:numeric': {} } },
    ];
    await o.apply('a', { map: { k: 'v' } });
    expect(o.object).toEqual({ numeric: 1, map: { k: 'v' } });
  });

  test('entries in a version that is not served any more are dropped', async () => {
    const o = custom();
    await o.apply('a', { string: 'x' });
    o.entries = [
      { manager: 'b', operation: 'Apply', apiVersion: 'v0', fieldsType: 'FieldsV1', fieldsV1: { 'f:string': {} } },
      ...o.entries,
    ];
    await o.apply('a', { string: 'y' });
    expect(Object.keys(o.owners())).toEqual(['Apply a']);
  });
});
