/** MutatingAdmissionPolicy on the wire: what policies in CEL change in an object before it is stored. */
import { describe, expect, test } from 'vitest';
import { mapsLabelled, ruleFor, withPolicy } from './harness/admission-policies.ts';
import { deploymentOf, deployments, mapOf, maps, ownersOf, writesToServerAt } from './harness/writes.ts';

const writes = writesToServerAt(25772);
const { ask } = writes;

const onDeployments = { resourceRules: [ruleFor('deployments', ['CREATE', 'UPDATE'], 'apps')] };
const apply = (expression: string) => ({ patchType: 'ApplyConfiguration', applyConfiguration: { expression } });
const jsonPatch = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } });
const never = { reinvocationPolicy: 'Never', failurePolicy: 'Fail' };

const labelled = (name: string, data: object = {}, test = name) => mapOf(name, data, { labels: { test } });
const dryRun = `${maps}?dryRun=All`;

test('conformance: MutatingAdmissionPolicy — a deployment', async () => {
  const spec = {
    ...never,
    matchConstraints: onDeployments,
    mutations: [apply('Object{spec: Object.spec{replicas: object.spec.replicas + 100}}')],
  };
  await withPolicy(writes, 'Mutating', { name: 'more', spec }, async () => {
    const made = await ask('POST', `${deployments}?fieldManager=me`, deploymentOf('more', { replicas: 1 }));
    expect(made).toMatchObject({ status: 201, body: { spec: { replicas: 101, revisionHistoryLimit: 10 } } });
    // Owned by who has sent the request, as all that admission adds.
    expect(Object.keys(ownersOf(made.body))).toEqual(['Update me']);
    expect(await writes.patch(`${deployments}/more`, { spec: { replicas: 2 } })).toMatchObject({
      body: { spec: { replicas: 102 } },
    });
  });
});

test('conformance: MutatingAdmissionPolicy — annotations', async () => {
  const spec = {
    ...never,
    matchConstraints: onDeployments,
    variables: [{ name: 'by', expression: 'request.userInfo.username' }],
    mutations: [
      apply('Object{metadata: Object.metadata{annotations: {"by": variables.by}}}'),
      jsonPatch(
        '[JSONPatch{op: "add", path: "/metadata/annotations/" + jsonpatch.escapeKey("example.com/replicas"), value: string(object.spec.replicas)}]',
      ),
    ],
  };
  await withPolicy(writes, 'Mutating', { name: 'signed', spec }, async () => {
    expect(await ask('POST', deployments, deploymentOf('signed', { replicas: 3 }))).toMatchObject({
      status: 201,
      body: { metadata: { annotations: { by: 'kubernetes-admin', 'example.com/replicas': '3' } } },
    });
  });
});

/** What a policy with these mutations makes of a config map with its label. */
async function madeOf(name: string, mutations: object[], object: object = labelled(name), more: object = {}) {
  let answer: Awaited<ReturnType<typeof ask>> | undefined;
  const spec = { ...never, matchConstraints: mapsLabelled(name), mutations, ...more };
  await withPolicy(writes, 'Mutating', { name, spec }, async () => {
    answer = await ask('POST', dryRun, object);
  });
  return answer!;
}

describe('a mutation', () => {
  test.each<[string, object, object]>([
    ['adds to a map', apply('Object{data: {"b": "2"}}'), { a: '1', b: '2' }],
    ['changes', apply('Object{data: object.data.transformMap(k, v, v + "!")}'), { a: '1!' }],
    ['has an optional field', apply('Object{?data: object.?nothing, metadata: Object.metadata{}}'), { a: '1' }],
    [
      'has an optional entry',
      apply('Object{data: {?"b": object.data[?"a"], ?"c": object.data[?"z"]}}'),
      { a: '1', b: '1' },
    ],
    ['of JSON', jsonPatch('[JSONPatch{op: "replace", path: "/data", value: {"x": "y"}}]'), { x: 'y' }],
    ['of an object', jsonPatch('[JSONPatch{op: "add", path: "/data", value: Object.data{x: "y"}}]'), { x: 'y' }],
    ['moves', jsonPatch('[JSONPatch{op: "move", from: "/data/a", path: "/data/b"}]'), { b: '1' }],
    ['is made for each', jsonPatch('object.data.map(k, JSONPatch{op: "remove", path: "/data/" + k})'), {}],
    ['does nothing', jsonPatch('object.data.size() > 5 ? [JSONPatch{op: "remove", path: "/data"}] : []'), { a: '1' }],
    [
      'of which a test fails',
      jsonPatch('[JSONPatch{op: "test", path: "/data/a", value: "2"}, JSONPatch{op: "remove", path: "/data/a"}]'),
      { a: '1' },
    ],
  ])('%s', async (_, mutation, data) => {
    const { status, body } = await madeOf('changed', [mutation], labelled('changed', { a: '1' }));
    expect({ status, data: body.data ?? {} }).toEqual({ status: 201, data });
  });

  test('sees what those before it have made', async () => {
    const add = (key: string) => apply(`Object{data: {"${key}": string(object.data.size())}}`);
    expect((await madeOf('steps', [add('a'), add('b'), add('c')], labelled('steps', { z: '0' }))).body.data).toEqual({
      z: '0',
      a: '1',
      b: '2',
      c: '3',
    });
  });

  const by = "policy 'wrong' with binding 'wrong' denied request:";
  test.each<[object, string]>([
    [
      apply('Object{spec: Object.spec{a: 1}}'),
      'error applying patch: failed to convert patch object to typed object: .spec: field not declared in schema',
    ],
    [
      apply('Object{data: Object.wrong{a: "b"}}'),
      'type mismatch: unexpected type name "Object.wrong", expected "Object.data", which matches field name path from root Object type',
    ],
    [
      apply('Object{data: {"a": object.nothing}}'),
      `expression 'Object{data: {"a": object.nothing}}' resulted in error: no such key: nothing`,
    ],
    [
      jsonPatch('[JSONPatch{op: "remove", path: "/nothing/here"}]'),
      'JSONPath: remove operation does not apply: doc is missing path: "/nothing/here": missing value',
    ],
    [jsonPatch('[JSONPatch{op: "dance", path: "/data"}]'), 'JSONPath: Unexpected kind: dance'],
  ])('%j cannot be made', async (mutation, why) => {
    const { status, body } = await madeOf('wrong', [mutation]);
    expect({ status, reason: body.reason, message: body.message }).toEqual({
      status: 403,
      reason: 'Invalid',
      message: `${by} ${why}`,
    });
    expect(body).toMatchObject({ details: { causes: [{ message: `${by} ${why}` }] } });
    expect((await madeOf('wrong', [mutation], undefined, { failurePolicy: 'Ignore' })).status).toBe(201);
  });

  test('must not make another object of it', async () => {
    const renamed = await madeOf('renamed', [jsonPatch('[JSONPatch{op: "add", path: "/data", value: 5}]')]);
    expect(renamed).toMatchObject({ status: 500, body: { reason: 'InternalError' } });
  });

  test('must not apply what has one owner', async () => {
    const selector = apply('Object{spec: Object.spec{selector: Object.spec.selector{matchLabels: {"a": "b"}}}}');
    const spec = { ...never, matchConstraints: onDeployments, mutations: [selector] };
    await withPolicy(writes, 'Mutating', { name: 'atomic', spec }, async () => {
      const { body } = await ask('POST', `${deployments}?dryRun=All`, deploymentOf('atomic'));
      expect(body.message).toBe(
        "policy 'atomic' with binding 'atomic' denied request: error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.selector",
      );
    });
  });

  test('merges lists by their keys, and what it makes gets defaults', async () => {
    const container =
      'Object.spec.template.spec.initContainers{name: "mesh", image: "mesh:1", restartPolicy: "Always"}';
    const template = `Object.spec.template{spec: Object.spec.template.spec{initContainers: [${container}]}}`;
    const spec = {
      ...never,
      matchConstraints: onDeployments,
      matchConditions: [
        {
          name: 'new',
          expression: '!object.spec.template.spec.?initContainers.orValue([]).exists(c, c.name == "mesh")',
        },
      ],
      mutations: [apply(`Object{spec: Object.spec{template: ${template}}}`)],
    };
    const given = deploymentOf('mesh');
    Object.assign(given.spec.template.spec, { initContainers: [{ name: 'first', image: 'first:1' }] });
    await withPolicy(writes, 'Mutating', { name: 'mesh', spec }, async () => {
      const { body } = await ask('POST', `${deployments}?dryRun=All`, given);
      expect(body.spec).toMatchObject({
        template: {
          spec: {
            initContainers: [
              { name: 'first', image: 'first:1' },
              {
                name: 'mesh',
                image: 'mesh:1',
                restartPolicy: 'Always',
                terminationMessagePath: '/dev/termination-log',
              },
            ],
          },
        },
      });
    });
  });
});

test('parameters, conditions and warnings of others', async () => {
  await ask('POST', maps, mapOf('labels', { team: 'a', cost: 'b' }));
  const spec = {
    ...never,
    paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
    matchConstraints: mapsLabelled('param'),
    matchConditions: [{ name: 'none', expression: '!has(object.metadata.labels.team)' }],
    mutations: [apply('Object{metadata: Object.metadata{labels: params.data}}')],
  };
  const binding = { paramRef: { name: 'labels', parameterNotFoundAction: 'Deny' } };
  await withPolicy(writes, 'Mutating', { name: 'param', spec, binding }, async () => {
    const { body } = await ask('POST', dryRun, labelled('param'));
    expect(body.metadata.labels).toEqual({ test: 'param', team: 'a', cost: 'b' });
    const kept = await ask('POST', dryRun, mapOf('param', {}, { labels: { test: 'param', team: 'own' } }));
    expect(kept.body.metadata.labels).toEqual({ test: 'param', team: 'own' });
  });
});

test('policies run by name, and those that want to know are asked again about what others have changed', async () => {
  const append = (letter: string) => apply(`Object{data: {"trace": object.data.trace + "${letter}"}}`);
  const policy = (letter: string, more: object = {}) => ({
    name: `trace-${letter}`,
    spec: { ...never, matchConstraints: mapsLabelled('trace'), mutations: [append(letter)], ...more },
  });
  const trace = async (): Promise<unknown> =>
    ((await ask('POST', dryRun, labelled('trace', { trace: '' }))).body.data as { trace: string }).trace;
  const again = { reinvocationPolicy: 'IfNeeded' };
  await withPolicy(writes, 'Mutating', policy('a'), () =>
    withPolicy(writes, 'Mutating', policy('b'), async () => expect(await trace()).toBe('ab')),
  );
  await withPolicy(writes, 'Mutating', policy('a', again), () =>
    withPolicy(writes, 'Mutating', policy('b'), async () => expect(await trace()).toBe('aba')),
  );
  await withPolicy(writes, 'Mutating', policy('a'), () =>
    withPolicy(writes, 'Mutating', policy('b', again), async () => expect(await trace()).toBe('ab')),
  );
});

test('validating policies see what mutating ones have made, with defaults', async () => {
  const mutate = {
    ...never,
    matchConstraints: mapsLabelled('seen'),
    mutations: [apply('Object{data: {"added": "yes"}}')],
  };
  const validate = {
    matchConstraints: mapsLabelled('seen'),
    validations: [{ expression: '!has(object.data.added)', message: 'seen' }],
  };
  await withPolicy(writes, 'Mutating', { name: 'seen', spec: mutate }, () =>
    withPolicy(writes, 'Validating', { name: 'seen', spec: validate }, async () => {
      expect(await ask('POST', dryRun, labelled('seen'))).toMatchObject({
        status: 422,
        body: { message: expect.stringContaining('denied request: seen') },
      });
    }),
  );
});
