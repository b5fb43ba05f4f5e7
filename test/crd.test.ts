/** Custom resources through the raw API: what a definition makes of the server, and what its schema makes of objects. */
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
/** Another one on the same store. */
let second: ApiServer;

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 25401);
  second = await ApiServer.start(store.endpoint, 25402);
});

afterAll(async () => {
  await Promise.all([server?.remove(), second?.remove()]);
  await store?.remove();
});

const spec = (properties: Parameters<typeof objectOf>[0]) => objectOf({ spec: objectOf(properties) });
const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
const mergePatch = { 'content-type': 'application/merge-patch+json' };

describe('a definition', () => {
  test('makes its kind known: names, conditions, finalizers, discovery', async () => {
    const names = { plural: 'widgets', kind: 'Widget', shortNames: ['wd'], categories: ['gadgets'] };
    const version = versionOf('v1', spec({ size: { type: 'integer' } }), { subresources: { status: {} } });
    await define(definitionOf('widgets', [version], { names }), server);
    const { status, spec: stored } = await established(server, 'widgets.tests.example.com');
    expect(stored.names).toEqual({ ...names, singular: 'widget', listKind: 'WidgetList' });
    expect(stored.conversion).toEqual({ strategy: 'None' });
    expect(status).toMatchObject({ acceptedNames: stored.names, storedVersions: ['v1'] });
    expect(status!.conditions!.map(({ type, status: is, reason }) => [type, is, reason])).toEqual([
      ['NamesAccepted', 'True', 'NoConflicts'],
      ['Established', 'True', 'InitialNamesAccepted'],
    ]);
    const { body } = await json(server, 'GET', '/apis/tests.example.com/v1');
    expect(body.resources.find((one: { name: string }) => one.name === 'widgets')).toMatchObject({
      kind: 'Widget',
      singularName: 'widget',
      shortNames: ['wd'],
      categories: ['gadgets'],
      namespaced: true,
    });
    expect(body.resources.map((one: { name: string }) => one.name)).toContain('widgets/status');
  });

  test('appears on every API server of the store, and goes from all', async () => {
    await define(definitionOf('travellers', [versionOf('v1', anything)]), server, second);
    const path = objectsPath('travellers');
    expect((await json(second, 'POST', path, objectNamed('Traveller', 'a'))).status).toBe(201);
    expect((await json(server, 'GET', `${path}/a`)).status).toBe(200);
    await json(second, 'DELETE', definitionPath('travellers.tests.example.com'));
    for (const one of [server, second]) {
      await eventually('it is gone', async () => (await json(one, 'GET', path)).status === 404, { everyMs: 20 });
    }
  });

  test('can be used through every server as soon as one says that it is established', async () => {
    for (const plural of ['quicka', 'quickb', 'quickc'].map((word) => `${word}s`)) {
      await define(definitionOf(plural, [versionOf('v1', anything)]), server);
      const kind = plural[0]!.toUpperCase() + plural.slice(1, -1);
      expect((await json(second, 'POST', objectsPath(plural), objectNamed(kind, 'a'))).status).toBe(201);
    }
  });

  test('waits for names that another one has', async () => {
    await define(
      definitionOf('firsts', [versionOf('v1', anything)], {
        names: { plural: 'firsts', kind: 'Thing', shortNames: ['th'] },
      }),
      server,
    );
    const late = definitionOf('lates', [versionOf('v1', anything)], {
      names: { plural: 'lates', kind: 'Thing', shortNames: ['th'] },
    });
    expect((await json(server, 'POST', definitionPath('').slice(0, -1), late)).status).toBe(201);
    const conditions = async () =>
      (await json(server, 'GET', definitionPath('lates.tests.example.com'))).body.status?.conditions ?? [];
    await eventually('names are refused', async () => (await conditions()).length === 2, { everyMs: 20 });
    expect(await conditions()).toMatchObject([
      { type: 'NamesAccepted', status: 'False', reason: 'ListKindConflict', message: '"ThingList" is already in use' },
      { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' },
    ]);
    expect((await json(server, 'GET', objectsPath('lates'))).status).toBe(404);
    await json(server, 'DELETE', definitionPath('firsts.tests.example.com'));
    await established(server, 'lates.tests.example.com');
    expect((await json(server, 'GET', objectsPath('lates'))).status).toBe(200);
  });

  test('of several that ask for the same name at once, one gets it', async () => {
    const plurals = ['racera', 'racerb', 'racerc', 'racerd'].map((word) => `${word}s`);
    const racers = plurals.map((plural) =>
      definitionOf(plural, [versionOf('v1', anything)], { names: { plural, kind: 'Racer' } }),
    );
    await Promise.all(racers.map((racer) => json(server, 'POST', definitionPath('').slice(0, -1), racer)));
    const states = async () => {
      const read = plurals.map((plural) => json(server, 'GET', definitionPath(`${plural}.tests.example.com`)));
      return (await Promise.all(read)).map(({ body }) => body.status.conditions?.[0]?.status);
    };
    await eventually('all are told', async () => (await states()).every((state) => state !== undefined), {
      everyMs: 50,
    });
    expect((await states()).sort()).toEqual(['False', 'False', 'False', 'True']);
  });

  test('that is wrong says what is', async () => {
    const wrong = definitionOf('wrongs', [
      versionOf('v1', spec({ a: { type: 'wrong' } })),
      versionOf('v1', { type: 'object', properties: { b: { type: 'array' } } }),
    ]);
    wrong.spec.scope = 'Nowhere';
    const { status, body } = await json(server, 'POST', definitionPath('').slice(0, -1), wrong);
    expect([
      status,
      body.details.causes.map(({ field, message }: Record<string, string>) => `${field}: ${message}`),
    ]).toEqual([
      422,
      [
        'spec.scope: Unsupported value: "Nowhere": supported values: "Cluster", "Namespaced"',
        expect.stringContaining(
          'spec.versions[0].schema.openAPIV3Schema.properties[spec].properties[a].type: Unsupported value: "wrong"',
        ),
        'spec.versions[1].schema.openAPIV3Schema.properties[b].items: Required value: must be specified',
        expect.stringContaining('must contain unique version names'),
      ],
    ]);
  });

  test('with objects deletes them before it goes, when their finalizers are done', async () => {
    await define(definitionOf('holders', [versionOf('v1', anything)]), server);
    const path = objectsPath('holders');
    const held = objectNamed('Holder', 'held');
    held.metadata.finalizers = ['hold.example.com'];
    await json(server, 'POST', path, held);
    await json(server, 'POST', path, objectNamed('Holder', 'free'));
    const { body } = await json(server, 'DELETE', definitionPath('holders.tests.example.com'));
    expect(body.metadata.finalizers).toEqual(['customresourcecleanup.apiextensions.k8s.io']);
    await eventually('the free one is gone', async () => (await json(server, 'GET', `${path}/free`)).status === 404, {
      everyMs: 20,
    });
    const refused = await json(server, 'POST', path, objectNamed('Holder', 'late'));
    expect([refused.status, refused.body.message]).toEqual([
      405,
      'create not allowed while custom resource definition is terminating',
    ]);
    const definition = (await json(server, 'GET', definitionPath('holders.tests.example.com'))).body;
    expect(definition.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Terminating', status: 'True' }),
    );
    await json(server, 'PATCH', `${path}/held`, { metadata: { finalizers: null } }, mergePatch);
    const gone = async () => (await json(server, 'GET', definitionPath('holders.tests.example.com'))).status === 404;
    await eventually('the definition is gone', gone, { everyMs: 20 });
    await eventually('the path is gone', async () => (await json(server, 'GET', path)).status === 404, { everyMs: 20 });
  });

  test('survives a restart of the server with its objects', async () => {
    await define(definitionOf('keepers', [versionOf('v1', anything)]), second);
    await json(second, 'POST', objectsPath('keepers'), objectNamed('Keeper', 'a', { spec: { x: 1 } }));
    await second.stop();
    await second.launch();
    const { status, body } = await json(second, 'GET', `${objectsPath('keepers')}/a`);
    expect([status, body.spec]).toEqual([200, { x: 1 }]);
  });

  test('keeps what cannot change, and what is stored', async () => {
    await define(definitionOf('fixeds', [versionOf('v1', anything), versionOf('v2', anything)]), server);
    const name = 'fixeds.tests.example.com';
    const changed = await json(server, 'PATCH', definitionPath(name), { spec: { scope: 'Cluster' } }, mergePatch);
    expect([changed.status, changed.body.message]).toEqual([
      422,
      `CustomResourceDefinition.apiextensions.k8s.io "${name}" is invalid: spec.scope: Invalid value: "Cluster": field is immutable`,
    ]);
    const onlyV2 = { spec: { versions: [versionOf('v2', anything, { storage: true })] } };
    const dropped = await json(server, 'PATCH', definitionPath(name), onlyV2, mergePatch);
    expect(dropped.body.message).toContain(
      'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was previously a storage version',
    );
  });
});

describe('objects', () => {
  const path = objectsPath('crons');
  const cron = (name: string, content: object) => objectNamed('Cron', name, { spec: content });
  const schema = objectOf({
    spec: objectOf(
      {
        schedule: { type: 'string', pattern: '^\\S+ \\S+$' },
        image: { type: 'string', default: 'busybox' },
        replicas: { type: 'integer', minimum: 1, maximum: 10, default: 1 },
        policy: { type: 'string', enum: ['Allow', 'Forbid'] },
        tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
        limit: { 'x-kubernetes-int-or-string': true },
        note: { type: 'string', nullable: true },
      },
      {
        required: ['schedule'],
        'x-kubernetes-validations': [
          {
            rule: '!has(self.policy) || self.policy != "Forbid" || self.replicas == 1',
            message: 'only one when forbidden',
          },
          { rule: 'self.schedule == oldSelf.schedule', message: 'the schedule is immutable', fieldPath: '.schedule' },
        ],
      },
    ),
    status: objectOf({ active: { type: 'integer' }, replicas: { type: 'integer' }, selector: { type: 'string' } }),
  });

  beforeAll(async () => {
    const version = versionOf('v1', schema, {
      subresources: {
        status: {},
        scale: {
          specReplicasPath: '.spec.replicas',
          statusReplicasPath: '.status.replicas',
          labelSelectorPath: '.status.selector',
        },
      },
      additionalPrinterColumns: [
        { name: 'Schedule', type: 'string', jsonPath: '.spec.schedule' },
        { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' },
        { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
        { name: 'Image', type: 'string', jsonPath: '.spec.image', priority: 1 },
        { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
      ],
      selectableFields: [{ jsonPath: '.spec.policy' }, { jsonPath: '.spec.replicas' }],
    });
    await define(
      definitionOf('crons', [version], { names: { plural: 'crons', kind: 'Cron', shortNames: ['cr'] } }),
      server,
    );
  });

  test('are pruned, defaulted and stored', async () => {
    const { status, body, warnings } = await json(
      server,
      'POST',
      path,
      cron('plain', { schedule: '* *', extra: 1, note: null, image: null }),
    );
    expect(status).toBe(201);
    expect(body.spec).toEqual({ schedule: '* *', image: 'busybox', replicas: 1, note: null });
    expect(warnings).toEqual(['unknown field "spec.extra"']);
    expect(body.metadata).toMatchObject({ generation: 1, uid: expect.any(String) });
  });

  test.each([
    [
      { schedule: '* *', replicas: 11 },
      'spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10',
    ],
    [
      { schedule: 'wrong' },
      'spec.schedule: Invalid value: "wrong": spec.schedule in body should match \'^\\S+ \\S+$\'',
    ],
    [
      { schedule: '* *', policy: 'No' },
      '[spec.policy: Unsupported value: "No": supported values: "Allow", "Forbid", <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation]',
    ],
    [{ schedule: '* *', tags: ['a', 'a'] }, 'spec.tags[1]: Duplicate value: "a"'],
    [{ schedule: '* *', policy: 'Forbid', replicas: 2 }, 'spec: Invalid value: "object": only one when forbidden'],
    [
      {},
      '[spec.schedule: Required value, <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation]',
    ],
  ])('%j is invalid', async (content, message) => {
    const { status, body } = await json(server, 'POST', path, cron('wrong', content));
    expect([status, body.message]).toEqual([422, `Cron.tests.example.com "wrong" is invalid: ${message}`]);
  });

  test('of a wrong type are refused as Kubernetes refuses them', async () => {
    const { body } = await json(server, 'POST', path, cron('wrong', { schedule: 1 }));
    expect(body.message).toContain(
      'spec.schedule: Invalid value: "integer": spec.schedule in body must be of type string: "integer"',
    );
    expect(body.details.causes[0].reason).toBe('FieldValueTypeInvalid');
  });

  test('change by transition rules', async () => {
    await json(server, 'POST', path, cron('moving', { schedule: '* *' }));
    const { body } = await json(server, 'PATCH', `${path}/moving`, { spec: { schedule: '1 1' } }, mergePatch);
    expect(body.message).toBe(
      'Cron.tests.example.com "moving" is invalid: spec.schedule: Invalid value: "object": the schedule is immutable',
    );
  });

  test('have a status apart from the rest, and generations', async () => {
    const { body } = await json(server, 'POST', path, { ...cron('two', { schedule: '* *' }), status: { active: 5 } });
    expect(body.status).toBeUndefined();
    const inStatus = { ...body, spec: { ...body.spec, replicas: 9 }, status: { active: 2 } };
    inStatus.metadata = { ...body.metadata, labels: { a: 'b' } };
    const { body: reported } = await json(server, 'PUT', `${path}/two/status`, inStatus);
    expect([reported.status, reported.spec.replicas, reported.metadata.labels, reported.metadata.generation]).toEqual([
      { active: 2 },
      1,
      undefined,
      1,
    ]);
    const { body: changed } = await json(server, 'PUT', `${path}/two`, {
      ...reported,
      spec: { ...reported.spec, replicas: 2 },
      status: {},
    });
    expect([changed.status, changed.metadata.generation]).toEqual([{ active: 2 }, 2]);
    const unversioned = { ...changed, metadata: { name: 'two' } };
    expect((await json(server, 'PUT', `${path}/two`, unversioned)).body.message).toBe(
      'crons.tests.example.com "two" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    );
    const wrong = await json(server, 'PATCH', `${path}/two/status`, { status: { active: 'x' } }, mergePatch);
    expect(wrong.body.message).toContain(
      'status.active: Invalid value: "string": active in body must be of type integer: "string"',
    );
  });

  test('scale', async () => {
    await json(server, 'POST', path, cron('scaled', { schedule: '* *' }));
    await json(server, 'PATCH', `${path}/scaled/status`, { status: { replicas: 1, selector: 'app=x' } }, mergePatch);
    const { body } = await json(server, 'GET', `${path}/scaled/scale`);
    expect(body).toMatchObject({ kind: 'Scale', spec: { replicas: 1 }, status: { replicas: 1, selector: 'app=x' } });
    const more = { ...body, metadata: { name: 'scaled' }, spec: { replicas: 2 } };
    expect((await json(server, 'PUT', `${path}/scaled/scale`, more)).body.spec).toEqual({ replicas: 2 });
    await json(server, 'PATCH', `${path}/scaled/scale`, { spec: { replicas: 3 } }, mergePatch);
    const { body: object } = await json(server, 'GET', `${path}/scaled`);
    expect([object.spec.replicas, object.metadata.generation]).toEqual([3, 3]);
    const tooMany = await json(server, 'PATCH', `${path}/scaled/scale`, { spec: { replicas: 30 } }, mergePatch);
    expect([tooMany.status, tooMany.body.message]).toEqual([
      422,
      expect.stringContaining('should be less than or equal to 10'),
    ]);
  });

  test('are printed in their columns', async () => {
    await json(server, 'POST', path, cron('printed', { schedule: '5 5' }));
    const { body } = await json(server, 'GET', `${path}/printed`, undefined, table);
    expect(
      body.columnDefinitions.map((one: Record<string, unknown>) => `${one['name']}:${one['type']}:${one['priority']}`),
    ).toEqual([
      'Name:string:0',
      'Schedule:string:0',
      'Replicas:integer:0',
      'Ready:string:0',
      'Image:string:1',
      'Age:date:0',
    ]);
    expect(body.rows[0].cells).toEqual(['printed', '5 5', 1, null, 'busybox', expect.stringMatching(/^\d+s$/)]);
  });

  test('are selected by their fields, in lists and watches', async () => {
    await json(server, 'POST', path, cron('chosen', { schedule: '* *', policy: 'Allow', replicas: 4 }));
    const { body } = await json(server, 'GET', `${path}?fieldSelector=spec.policy%3DAllow,spec.replicas%3D4`);
    expect(body.items.map((one: { metadata: { name: string } }) => one.metadata.name)).toEqual(['chosen']);
    expect(body.kind).toBe('CronList');
    const watch = server.watch(`${path}?watch=1&fieldSelector=spec.replicas%3D4`);
    await eventually('ADDED', () => watch.events.length === 1, { everyMs: 20 });
    await json(server, 'PATCH', `${path}/chosen`, { spec: { replicas: 5 } }, mergePatch);
    await eventually('DELETED', () => watch.events.length === 2, { everyMs: 20 });
    expect(watch.events.map(({ type }) => type)).toEqual(['ADDED', 'DELETED']);
    watch.close();
    const unknown = await json(server, 'GET', `${path}?fieldSelector=spec.schedule%3Dx`);
    expect([unknown.status, unknown.body.message]).toEqual([
      400,
      expect.stringContaining('field label not supported: spec.schedule'),
    ]);
  });

  test('are patched, but not strategically', async () => {
    await json(server, 'POST', path, cron('patched', { schedule: '* *' }));
    const patch = (type: string, body: unknown) =>
      json(server, 'PATCH', `${path}/patched`, body, { 'content-type': type });
    const added = await patch('application/json-patch+json', [{ op: 'add', path: '/spec/tags', value: ['a'] }]);
    expect(added.body.spec.tags).toEqual(['a']);
    expect((await patch('application/merge-patch+json', { spec: { tags: ['b'] } })).body.spec.tags).toEqual(['b']);
    const strategic = await patch('application/strategic-merge-patch+json', {});
    expect([strategic.status, strategic.body.message]).toEqual([
      415,
      expect.stringMatching(
        /^the body of the request was in an unknown format - accepted media types include: application\/json-patch\+json, application\/merge-patch\+json/,
      ),
    ]);
  });

  test('are applied: who owns what, and who may not', async () => {
    const apply = (manager: string, content: object) =>
      json(server, 'PATCH', `${path}/applied?fieldManager=${manager}`, cron('applied', content), {
        'content-type': 'application/apply-patch+yaml',
      });
    expect((await apply('one', { schedule: '* *', tags: ['a'] })).status).toBe(201);
    expect((await apply('two', { tags: ['b'] })).body.spec.tags).toEqual(['a', 'b']);
    const conflict = await apply('two', { tags: ['b'], schedule: '2 2' });
    expect([conflict.status, conflict.body.message]).toEqual([
      409,
      expect.stringContaining('conflict with "one": .spec.schedule'),
    ]);
  });

  test('come as metadata alone', async () => {
    const partial = { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' };
    const { body } = await json(server, 'GET', path, undefined, partial);
    expect(body.kind).toBe('PartialObjectMetadataList');
    expect(body.items[0].spec).toBeUndefined();
  });

  test('do not nest without end', async () => {
    const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
    const body = `{"apiVersion":"tests.example.com/v1","kind":"Cron","metadata":{"name":"deep"},"spec":${deep}}`;
    const { status } = await json(server, 'POST', `${path}?fieldValidation=Ignore`, body);
    expect(status).toBe(400);
    expect(server.alive).toBe(true);
  });
});

describe('a change of the definition', () => {
  test('applies to what is stored: defaults, pruning, versions', async () => {
    const schema = spec({ a: { type: 'string' }, old: { type: 'string' } });
    const name = 'evolvers.tests.example.com';
    await define(definitionOf('evolvers', [versionOf('v1', schema)]), server);
    const path = objectsPath('evolvers');
    await json(server, 'POST', path, objectNamed('Evolver', 'x', { spec: { a: 'a', old: 'o' } }));
    const newer = spec({ a: { type: 'string' }, b: { type: 'string', default: 'b' } });
    await redefine(server, name, { versions: [versionOf('v1', newer, { storage: true }), versionOf('v2', newer)] });
    const inV2 = `${objectsPath('evolvers', 'v2')}/x`;
    await eventually('v2 is served', async () => (await json(server, 'GET', inV2)).status === 200, { everyMs: 20 });
    const { body } = await json(server, 'GET', inV2);
    expect([body.apiVersion, body.spec]).toEqual(['tests.example.com/v2', { a: 'a', b: 'b' }]);
    expect((await json(server, 'GET', `${path}/x`)).body.apiVersion).toBe('tests.example.com/v1');
    await redefine(server, name, {
      versions: [versionOf('v1', newer, { served: false }), versionOf('v2', newer, { storage: true })],
    });
    await eventually('v1 is not served', async () => (await json(server, 'GET', path)).status === 404, { everyMs: 20 });
    await json(server, 'PATCH', inV2, { spec: { a: 'new' } }, mergePatch);
    expect((await json(server, 'GET', definitionPath(name))).body.status.storedVersions).toEqual(['v1', 'v2']);
    expect((await json(server, 'GET', inV2)).body.spec).toEqual({ a: 'new', b: 'b' });
  });

  test('ends watches, whose clients begin again', async () => {
    await define(definitionOf('watcheds', [versionOf('v1', anything)]), server);
    const watch = server.watch(`${objectsPath('watcheds')}?watch=1`);
    await eventually('it is open', () => watch.status === 200, { everyMs: 20 });
    await redefine(server, 'watcheds.tests.example.com', { names: { shortNames: ['wt'] } });
    await eventually('it has ended', () => watch.ended, { everyMs: 20 });
  });

  test('warns of a version that is deprecated', async () => {
    await define(
      definitionOf('olds', [versionOf('v1', anything), versionOf('v1beta1', anything, { deprecated: true })]),
      server,
    );
    const { warnings } = await json(server, 'GET', objectsPath('olds', 'v1beta1'));
    expect(warnings).toEqual(['tests.example.com/v1beta1 Old is deprecated']);
    const { body } = await json(server, 'GET', '/apis/tests.example.com');
    expect(body.preferredVersion.version).toBe('v2');
  });
});
