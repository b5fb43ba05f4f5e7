/** Custom resources with kubectl, old and new: a kind is there in the next command, explained, checked, edited and waited for. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CustomResourceDefinition } from '../api/custom-resource-definition.ts';
import { ApiServer } from './harness/apiserver.ts';
import {
  anything,
  define,
  definitionOf,
  definitionPath,
  json,
  objectNamed,
  objectOf,
  redefine,
  versionOf,
} from './harness/custom-resources.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';
import { kubectlMissing, kubectlPaths } from './harness/kubectl.ts';
import { type Result, run } from './harness/run.ts';

if (kubectlMissing) console.warn(`tests with kubectl are skipped: ${kubectlMissing}`);

let store: EtcdServer;
let server: ApiServer;

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 25420);
});

afterAll(async () => {
  await server?.remove();
  await store?.remove();
});

const wanted = [...kubectlPaths].filter(([minor]) => minor === 27 || minor === 33);
const versions = wanted.length > 0 ? wanted : [...kubectlPaths].slice(-1);

const schema = objectOf(
  {
    spec: objectOf(
      {
        bars: {
          type: 'array',
          description: 'List of Bars and their specs.',
          items: objectOf(
            {
              name: { type: 'string', description: 'Name of Bar.' },
              age: { type: 'string', description: 'Age of Bar.' },
              feeling: { type: 'string', description: 'Whether Bar is feeling great.', enum: ['Great', 'Down'] },
            },
            { required: ['name'] },
          ),
        },
        schedule: { type: 'string', description: 'When it runs.' },
        replicas: { type: 'integer', default: 1 },
      },
      { description: 'Specification of Foo' },
    ),
    status: { ...anything, description: 'Status of Foo' },
  },
  { description: 'Foo CRD for Testing' },
);

describe.skipIf(kubectlMissing).each(versions)('kubectl 1.%i', (minor, path) => {
  const kubectl = (command: string, manifest?: object, env?: NodeJS.ProcessEnv): Promise<Result> => {
    const common = [`--kubeconfig=${server.paths.kubeconfig}`, `--cache-dir=${server.paths.dataDir}/cache-${minor}`];
    return run(path, [...common, ...command.split(' ')], { input: manifest && JSON.stringify(manifest), env });
  };
  const said = (stdout: string): object => ({ status: 0, stdout, stderr: '' });
  /** Kinds of its own for each kubectl. */
  const own = (word: string): string => `${word}${minor}s`;
  const kindOf = (plural: string): string => plural[0]!.toUpperCase() + plural.slice(1, -1);

  const defineOwn = async (
    word: string,
    from: CustomResourceDefinition['spec']['versions'],
    more: object = {},
  ): Promise<string> => {
    const plural = own(word);
    await define(definitionOf(plural, from, more), server);
    return plural;
  };

  /** The document changes at once; a client sees it in its next command. */
  const explain = async (what: string): Promise<string> => {
    const { status, stdout, stderr } = await kubectl(`explain ${what}`);
    expect({ what, status, stderr }).toEqual({ what, status: 0, stderr: '' });
    return stdout;
  };

  test('a kind is there in the command after the one that made it', async () => {
    const plural = own('crontab');
    const name = `${plural}.tests.example.com`;
    const columns = [{ name: 'Schedule', type: 'string', jsonPath: '.spec.schedule' }];
    const definition = definitionOf(
      plural,
      [
        versionOf('v1', schema, {
          additionalPrinterColumns: columns,
          subresources: {
            status: {},
            scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
          },
        }),
      ],
      {
        names: { plural, kind: kindOf(plural), shortNames: [`ct${minor}`], categories: ['all'] },
      },
    );
    expect(await kubectl('apply -f -', definition)).toEqual(
      said(`customresourcedefinition.apiextensions.k8s.io/${name} created\n`),
    );
    expect(await kubectl(`wait --for=condition=Established crd/${name}`)).toEqual(
      said(`customresourcedefinition.apiextensions.k8s.io/${name} condition met\n`),
    );
    expect(await kubectl(`get ${plural}`)).toEqual({
      status: 0,
      stdout: '',
      stderr: 'No resources found in default namespace.\n',
    });
    const object = objectNamed(kindOf(plural), 'mine', { spec: { schedule: '* *' } });
    const full = `${plural.slice(0, -1)}.tests.example.com/mine`;
    expect(await kubectl('apply -f -', object)).toEqual(said(`${full} created\n`));
    expect(await kubectl('apply -f -', object)).toEqual(said(`${full} unchanged\n`));
    const changed = objectNamed(kindOf(plural), 'mine', { spec: { schedule: '1 1', bars: [{ name: 'b' }] } });
    expect(await kubectl('apply -f -', changed)).toEqual(said(`${full} configured\n`));
    expect(await kubectl(`get ct${minor}`)).toEqual(said('NAME   SCHEDULE\nmine   1 1\n'));
    expect((await kubectl('get all')).stdout).toContain(`${full}   1 1`);
    expect((await kubectl('get crd')).stdout).toMatch(new RegExp(`^NAME +CREATED AT\n[sS]*${name} +\\d{4}-`));
    expect(await kubectl(`patch ${plural} mine --type=merge -p {"spec":{"schedule":"2"}}`)).toEqual(
      said(`${full} patched\n`),
    );
    expect(await kubectl(`patch ${plural} mine --type=json -p [{"op":"remove","path":"/spec/bars"}]`)).toEqual(
      said(`${full} patched\n`),
    );
    const strategic = await kubectl(`patch ${plural} mine -p {"spec":{}}`);
    expect([strategic.status, strategic.stderr]).toEqual([
      1,
      expect.stringContaining('the body of the request was in an unknown format'),
    ]);
    expect(await kubectl(`scale ${plural} mine --replicas=4`)).toEqual(said(`${full} scaled\n`));
    expect(await kubectl(`get ${plural} mine -o jsonpath={.spec.replicas}`)).toEqual(said('4'));
    expect(await kubectl(`label ${plural} mine a=b`)).toEqual(said(`${full} labeled\n`));
    expect((await kubectl(`describe ${plural} mine`)).stdout).toContain('Replicas:  4');
    const script = join(server.paths.dataDir, `edit-${minor}.sh`);
    writeFileSync(script, '#!/bin/sh\nsed -i "s/replicas: 4/replicas: 5/" "$1"\n', { mode: 0o755 });
    expect(await kubectl(`edit ${plural} mine`, undefined, { KUBE_EDITOR: script })).toEqual(said(`${full} edited\n`));
    expect(await kubectl(`wait --for=jsonpath={.spec.replicas}=5 ${plural}/mine`)).toEqual(
      said(`${full} condition met\n`),
    );
    expect(await kubectl(`apply --server-side --force-conflicts -f -`, changed)).toEqual(
      said(`${full} serverside-applied\n`),
    );
    expect((await kubectl(`delete crd ${name}`)).stdout).toBe(
      `customresourcedefinition.apiextensions.k8s.io "${name}" deleted\n`,
    );
    const gone = await kubectl(`get ${plural}`);
    expect([gone.status, gone.stderr]).toEqual([
      1,
      expect.stringMatching(/the server (doesn't have a resource type|could not find)/),
    ]);
  });

  test(`conformance: Custom Resource OpenAPI Publish, with validation schema — kubectl 1.${minor}`, async () => {
    const plural = await defineOwn('valid', [versionOf('v1', schema)]);
    const object = (content: object) => objectNamed(kindOf(plural), 'x', content);
    const good = object({ spec: { bars: [{ name: 'test-bar', age: '10', feeling: 'Great' }] } });
    expect((await kubectl('create -f -', good)).status).toBe(0);
    expect((await kubectl('apply -f -', good)).status).toBe(0);
    expect((await kubectl(`delete ${plural} x`)).status).toBe(0);
    const unknown = await kubectl('create -f -', object({ spec: { foo: true } }));
    expect([unknown.status, unknown.stderr]).toEqual([1, expect.stringMatching(/unknown field "(spec\.)?foo"/)]);
    const missing = await kubectl('apply -f -', object({ spec: { bars: [{ age: '10' }] } }));
    expect([missing.status, missing.stderr]).toEqual([
      1,
      expect.stringMatching(/missing required field "name"|spec\.bars\[0\]\.name: Required value/),
    ]);
    const enumerated = await kubectl('create -f -', object({ spec: { bars: [{ name: 'x', feeling: 'Sad' }] } }));
    expect([enumerated.status, enumerated.stderr]).toEqual([1, expect.stringContaining('Unsupported value: "Sad"')]);
    expect(await explain(plural)).toMatch(/DESCRIPTION:\n\s*Foo CRD for Testing/);
    expect(await explain(`${plural}.metadata`)).toContain('Standard object');
    expect(await explain(`${plural}.spec`)).toMatch(/DESCRIPTION:\n\s*Specification of Foo/);
    expect(await explain(`${plural}.spec.bars`)).toMatch(
      /List of Bars and their specs[\s\S]*name\s+<string>\s+-required-/,
    );
    expect((await explain(`${plural} --recursive`)).replaceAll('\t', ' ')).toMatch(
      /spec\s+<Object>[\s\S]*bars\s+<\[\]Object>[\s\S]*feeling\s+<string>/,
    );
    const nothing = await kubectl(`explain ${plural}.spec.bars2`);
    expect([nothing.status, nothing.stderr]).toEqual([1, expect.stringMatching(/field "bars2" does not exist/)]);
  });

  test(`conformance: Custom Resource OpenAPI Publish, with x-kubernetes-preserve-unknown-fields in object — kubectl 1.${minor}`, async () => {
    const plural = await defineOwn('loose', [versionOf('v1', anything)]);
    const object = objectNamed(kindOf(plural), 'x', { a: { b: [{ c: 'd' }] } });
    for (const verb of ['create', 'apply']) expect((await kubectl(`${verb} -f -`, object)).status).toBe(0);
    expect(await explain(plural)).toMatch(/DESCRIPTION:\n\s*<empty>/);
  });

  test(`conformance: Custom Resource OpenAPI Publish, with x-kubernetes-preserve-unknown-fields at root — kubectl 1.${minor}`, async () => {
    const root = objectOf(
      { spec: objectOf({}), status: objectOf({}) },
      { 'x-kubernetes-preserve-unknown-fields': true },
    );
    const plural = await defineOwn('rooted', [versionOf('v1', root)]);
    const object = objectNamed(kindOf(plural), 'x', { a: { b: [{ c: 'd' }] } });
    for (const verb of ['create', 'apply']) expect((await kubectl(`${verb} -f -`, object)).status).toBe(0);
    expect(await explain(plural)).toMatch(new RegExp(`KIND:\\s+${kindOf(plural)}`));
  });

  test(`conformance: Custom Resource OpenAPI Publish, with x-kubernetes-preserve-unknown-fields in embedded object — kubectl 1.${minor}`, async () => {
    const nested = objectOf(
      {
        spec: { ...anything, description: 'Specification of Waldo' },
        status: { ...anything, description: 'Status of Waldo' },
      },
      { description: 'preserve-unknown-properties in nested field for Testing' },
    );
    const plural = await defineOwn('nested', [versionOf('v1', nested)]);
    const object = objectNamed(kindOf(plural), 'x', { spec: { b: [{ c: 'd' }] } });
    for (const verb of ['create', 'apply']) expect((await kubectl(`${verb} -f -`, object)).status).toBe(0);
    expect(await explain(plural)).toMatch(/DESCRIPTION:\n\s*preserve-unknown-properties in nested field for\s+Testing/);
    expect(await explain(`${plural}.spec`)).toMatch(/Specification of Waldo/);
  });

  test('what is wrong with a definition', async () => {
    const wrong = definitionOf('bads', [versionOf('v1', { type: 'string' })]);
    const { status, stderr } = await kubectl('create -f -', wrong);
    expect([status, stderr]).toEqual([
      1,
      'The CustomResourceDefinition "bads.tests.example.com" is invalid: spec.versions[0].schema.openAPIV3Schema.type: Invalid value: "string": must be object at the root\n',
    ]);
  });
});

describe('the published documents', () => {
  const v2 = async () => Object.keys((await json(server, 'GET', '/openapi/v2')).body.definitions);
  const v3 = async (version: string, group = 'tests.example.com') => {
    const answer = await server.raw(`/openapi/v3/apis/${group}/${version}`);
    return answer.status === 200 ? Object.keys(JSON.parse(answer.text).components.schemas) : [];
  };
  const foo = (kind: string, version = 'v1', group = 'com.example.tests') => `${group}.${version}.${kind}`;

  test('conformance: Custom Resource OpenAPI Publish, varying groups', async () => {
    const groups = ['one.example.com', 'two.example.com'];
    for (const group of groups) {
      const definition = definitionOf('grouped', [versionOf('v1', schema)], {
        group,
        names: { plural: 'groupeds', kind: 'Grouped' },
      });
      definition.metadata.name = `groupeds.${group}`;
      await define(definition, server);
    }
    expect(await v2()).toEqual(
      expect.arrayContaining([foo('Grouped', 'v1', 'com.example.one'), foo('Grouped', 'v1', 'com.example.two')]),
    );
    for (const [i, group] of groups.entries())
      expect(await v3('v1', group)).toContain(foo('Grouped', 'v1', `com.example.${['one', 'two'][i]}`));
  });

  test('conformance: Custom Resource OpenAPI Publish, varying versions', async () => {
    await define(definitionOf('versioneds', [versionOf('v2', schema), versionOf('v3', schema)]), server);
    expect(await v2()).toEqual(expect.arrayContaining([foo('Versioned', 'v2'), foo('Versioned', 'v3')]));
    for (const version of ['v2', 'v3']) expect(await v3(version)).toContain(foo('Versioned', version));
  });

  test('conformance: Custom Resource OpenAPI Publish, varying kinds', async () => {
    await define(definitionOf('ones', [versionOf('v6', schema)]), server);
    await define(definitionOf('twos', [versionOf('v6', schema)]), server);
    expect(await v2()).toEqual(expect.arrayContaining([foo('One', 'v6'), foo('Two', 'v6')]));
    expect(await v3('v6')).toEqual(expect.arrayContaining([foo('One', 'v6'), foo('Two', 'v6')]));
  });

  test('conformance: Custom Resource OpenAPI Publish, version rename', async () => {
    const name = 'renameds.tests.example.com';
    await define(definitionOf('renameds', [versionOf('v2', schema), versionOf('v3', schema)]), server);
    const before = JSON.stringify((await json(server, 'GET', '/openapi/v3')).body.paths['apis/tests.example.com/v2']);
    await redefine(server, name, { versions: [versionOf('v2', schema, { storage: true }), versionOf('v4', schema)] });
    await eventually('v4 is published', async () => (await v2()).includes(foo('Renamed', 'v4')), { everyMs: 20 });
    expect(await v2()).not.toContain(foo('Renamed', 'v3'));
    expect(await v3('v4')).toContain(foo('Renamed', 'v4'));
    // The version that has not changed keeps its address.
    const after = JSON.stringify((await json(server, 'GET', '/openapi/v3')).body.paths['apis/tests.example.com/v2']);
    expect(after).toBe(before);
  });

  test('conformance: Custom Resource OpenAPI Publish, stop serving version', async () => {
    const name = 'stoppeds.tests.example.com';
    await define(definitionOf('stoppeds', [versionOf('v5', schema), versionOf('v6alpha1', schema)]), server);
    expect(await v2()).toContain(foo('Stopped', 'v6alpha1'));
    await redefine(server, name, {
      versions: [versionOf('v5', schema, { storage: true }), versionOf('v6alpha1', schema, { served: false })],
    });
    await eventually('it is not published', async () => !(await v2()).includes(foo('Stopped', 'v6alpha1')), {
      everyMs: 20,
    });
    expect(await v2()).toContain(foo('Stopped', 'v5'));
    expect(await v3('v6alpha1')).toEqual([]);
    expect((await json(server, 'GET', definitionPath(name))).status).toBe(200);
  });
});
