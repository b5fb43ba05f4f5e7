/** What webhooks are asked, what they may answer, and what becomes of those that lie, on a bare API server with a webhook in this process. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AdmissionWebhook,
  type Answer,
  allow,
  type Decide,
  denying,
  patching,
  patchOf,
} from './harness/admission-webhook.ts';
import { ApiServer } from './harness/apiserver.ts';
import {
  define,
  definitionOf,
  json,
  objectNamed,
  objectOf,
  objectsPath,
  versionOf,
} from './harness/custom-resources.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';
import { kubectlPaths } from './harness/kubectl.ts';
import { run } from './harness/run.ts';
import {
  configurationsPath,
  configure,
  hookOf,
  labelled,
  ownAddress,
  ruleFor,
  settled,
} from './harness/webhook-configurations.ts';

let store: EtcdServer;
let server: ApiServer;
let webhook: AdmissionWebhook;
let directory: string;

beforeAll(async () => {
  store = await startStore();
  directory = mkdtempSync(join(tmpdir(), 'minik-webhook-audit-'));
  const rule = (level: string, resource: string) => ({ level, resources: [{ group: '', resources: [resource] }] });
  const rules = [rule('Request', 'configmaps'), rule('Metadata', 'secrets'), { level: 'None' }];
  const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules, omitStages: ['RequestReceived'] };
  writeFileSync(join(directory, 'policy.json'), JSON.stringify(policy));
  server = await ApiServer.start(store.endpoint, 25602, {
    'audit-policy-file': join(directory, 'policy.json'),
    'audit-log-path': join(directory, 'audit.log'),
  });
  webhook = await AdmissionWebhook.start();
  await json(server, 'POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
});

afterAll(async () => {
  webhook?.close();
  await server?.remove();
  await store?.remove();
  rmSync(directory, { recursive: true });
});

const configmaps = '/api/v1/namespaces/default/configmaps';
const configmap = (name: string, label: string, data: object = {}) => ({
  metadata: { name, labels: { webhook: label } },
  data,
});
const create = (name: string, label: string, data: object = {}, query = '') =>
  json(server, 'POST', configmaps + query, configmap(name, label, data));
const mergePatch = { 'content-type': 'application/merge-patch+json' };
const message = (text: string) => expect.stringContaining(text);
const remove = async (kind: 'mutating' | 'validating', name: string) => {
  await json(server, 'DELETE', `${configurationsPath(kind)}/${name}`);
  await settled(server, kind);
};

describe('what is asked', () => {
  test('every field of every operation', async () => {
    const hook = hookOf('asked', webhook.on('/asked', allow), ruleFor('configmaps'), labelled('asked'));
    await configure(server, 'validating', 'asked', [hook]);
    await create('asked', 'asked', {}, '?fieldManager=tester&fieldValidation=Strict&dryRun=All');
    await create('asked', 'asked', { a: 'b' });
    await json(server, 'PATCH', `${configmaps}/asked`, { data: { c: 'd' } }, mergePatch);
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' };
    const length = { 'content-length': String(JSON.stringify(body).length) };
    await json(server, 'DELETE', `${configmaps}/asked`, body, length);
    const [dry, created, patched, deleted] = webhook.asked('/asked');
    const configmap = { group: '', version: 'v1', kind: 'ConfigMap' };
    const resource = { group: '', version: 'v1', resource: 'configmaps' };
    expect(dry).toEqual({
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      kind: configmap,
      resource,
      requestKind: configmap,
      requestResource: resource,
      name: 'asked',
      namespace: 'default',
      operation: 'CREATE',
      userInfo: expect.objectContaining({
        username: 'kubernetes-admin',
        groups: ['system:masters', 'system:authenticated'],
      }),
      object: expect.objectContaining({ kind: 'ConfigMap', apiVersion: 'v1' }),
      oldObject: null,
      dryRun: true,
      options: {
        kind: 'CreateOptions',
        apiVersion: 'meta.k8s.io/v1',
        dryRun: ['All'],
        fieldManager: 'tester',
        fieldValidation: 'Strict',
      },
    });
    expect(created!.object.metadata).toMatchObject({
      uid: expect.any(String),
      managedFields: [{ operation: 'Update' }],
    });
    expect(patched).toMatchObject({
      operation: 'UPDATE',
      dryRun: false,
      object: { data: { a: 'b', c: 'd' } },
      oldObject: { kind: 'ConfigMap', apiVersion: 'v1', data: { a: 'b' } },
      options: { kind: 'UpdateOptions', apiVersion: 'meta.k8s.io/v1' },
    });
    expect(deleted).toMatchObject({
      operation: 'DELETE',
      name: 'asked',
      object: null,
      oldObject: { data: { a: 'b', c: 'd' } },
      options: { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', propagationPolicy: 'Background' },
    });
  });

  test('about each object of a collection that is deleted', async () => {
    const decide = denying(({ operation, oldObject }) =>
      operation === 'DELETE' && oldObject?.metadata.name === 'kept' ? 'kept' : undefined,
    );
    const hook = hookOf('many', webhook.on('/many', decide), ruleFor('configmaps', ['DELETE']), labelled('many'));
    await configure(server, 'validating', 'many', [hook]);
    for (const name of ['gone', 'kept']) await create(name, 'many');
    const answer = await json(server, 'DELETE', `${configmaps}?labelSelector=webhook%3Dmany`);
    expect([answer.status, answer.body.message]).toEqual([400, message('denied the request: kept')]);
    expect(
      webhook
        .asked('/many')
        .map(({ oldObject }) => oldObject?.metadata.name)
        .sort(),
    ).toEqual(['gone', 'kept']);
  });

  test('in v1beta1 when that is what the webhook lists first', async () => {
    const config = webhook.answer('/old', (_request, response) => {
      // What it is need not be said in that version.
      response.end(
        JSON.stringify({ response: { allowed: true, ...patchOf({ op: 'add', path: '/data/x', value: 'y' }) } }),
      );
    });
    const versions = { admissionReviewVersions: ['v9', 'v1beta1', 'v1'] };
    const hook = hookOf('old', config, ruleFor('configmaps'), { ...labelled('old'), ...versions });
    await configure(server, 'mutating', 'old', [hook]);
    expect((await create('old', 'old', { a: 'b' })).body.data).toEqual({ a: 'b', x: 'y' });
    expect(webhook.calls.find(({ path }) => path === '/old')?.apiVersion).toBe('admission.k8s.io/v1beta1');
  });

  test('rules name subresources and scope', async () => {
    const rules = [
      { ...ruleFor('namespaces/finalize'), scope: 'Namespaced' },
      { ...ruleFor('namespaces', ['CREATE']), scope: 'Cluster' },
      ruleFor('pods/*'),
    ];
    const hook = { ...hookOf('scoped', webhook.on('/scoped', allow), {}), rules };
    await configure(server, 'validating', 'scoped', [hook]);
    await json(server, 'POST', '/api/v1/namespaces', { metadata: { name: 'scoped' } });
    const pods = '/api/v1/namespaces/default/pods';
    const spec = { containers: [{ name: 'main', image: 'busybox:1.35' }] };
    await json(server, 'POST', pods, { metadata: { name: 'scoped' }, spec });
    await json(server, 'PATCH', `${pods}/scoped/status`, { status: { phase: 'Running' } }, mergePatch);
    await json(server, 'POST', `${pods}/scoped/binding`, { target: { kind: 'Node', name: 'minik-1' } });
    await json(server, 'GET', `${pods}/scoped/exec?command=ls&command=-l&stdout=true&tty=1`);
    await json(server, 'GET', `${pods}/scoped/portforward?ports=80,81`);
    await json(server, 'GET', `${pods}/scoped/proxy/a%20b/`);
    await json(server, 'POST', `${pods}/scoped/eviction`, { metadata: { name: 'scoped' } });
    const asked = webhook.asked('/scoped');
    expect(asked.map(({ operation, kind, subResource }) => `${operation} ${kind.kind} ${subResource ?? ''}`)).toEqual([
      'CREATE Namespace ',
      'CREATE Pod ',
      'UPDATE Pod status',
      'CREATE Binding binding',
      'CONNECT PodExecOptions exec',
      'CONNECT PodPortForwardOptions portforward',
      'CONNECT PodProxyOptions proxy',
      'CREATE Eviction eviction',
    ]);
    const objects = asked.map(({ object }) => object);
    expect(asked[0]).toMatchObject({ name: 'scoped', namespace: 'scoped' });
    expect(objects[4]).toEqual({
      kind: 'PodExecOptions',
      apiVersion: 'v1',
      stdout: true,
      tty: true,
      command: ['ls', '-l'],
    });
    expect(objects[5].ports).toEqual([80, 81]);
    expect(objects[6].path).toBe('/a b/');
    await remove('validating', 'scoped');
  });

  test.skipIf(!ownAddress)('a webhook may change what a connection is for', async () => {
    const page = createServer((request, response) => response.end(`this is ${request.url}`));
    await new Promise<void>((done) => page.listen(0, ownAddress, done));
    const pods = '/api/v1/namespaces/default/pods';
    const spec = { containers: [{ name: 'main', image: 'busybox:1.35' }] };
    await json(server, 'POST', pods, { metadata: { name: 'paged' }, spec });
    const status = { podIP: ownAddress, podIPs: [{ ip: ownAddress }] };
    await json(server, 'PATCH', `${pods}/paged/status`, { status }, mergePatch);
    const proxy = `${pods}/paged:${(page.address() as AddressInfo).port}/proxy/secret`;
    expect((await server.raw(proxy)).text).toBe('this is /secret');
    const decide = patching({ op: 'replace', path: '/path', value: '/public page' });
    const rule = ruleFor('pods/proxy', ['CONNECT']);
    await configure(server, 'mutating', 'paged', [hookOf('paged', webhook.on('/paged', decide), rule)]);
    expect((await server.raw(proxy)).text).toBe('this is /public%20page');
    await remove('mutating', 'paged');
    page.close();
  });

  test('a scale is a Scale, whose number a webhook may change', async () => {
    const limit: Decide = ({ object }) =>
      object.spec.replicas > 5
        ? { allowed: true, ...patchOf({ op: 'replace', path: '/spec/replicas', value: 5 }) }
        : { allowed: true };
    await configure(server, 'mutating', 'scale', [
      hookOf('scale', webhook.on('/scale', limit), ruleFor('apps/deployments/scale')),
    ]);
    const deployments = '/apis/apps/v1/namespaces/default/deployments';
    const labels = { app: 'scaled' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'busybox:1.35' }] } };
    const spec = { replicas: 1, selector: { matchLabels: labels }, template };
    await json(server, 'POST', deployments, { metadata: { name: 'scaled' }, spec });
    const scaled = await json(server, 'PATCH', `${deployments}/scaled/scale`, { spec: { replicas: 9 } }, mergePatch);
    expect([scaled.status, scaled.body.spec]).toEqual([200, { replicas: 5 }]);
    expect((await json(server, 'GET', `${deployments}/scaled`)).body.spec.replicas).toBe(5);
    expect(webhook.asked('/scale')[0]).toMatchObject({
      kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
      resource: { group: 'apps', version: 'v1', resource: 'deployments' },
      subResource: 'scale',
      object: { kind: 'Scale', apiVersion: 'autoscaling/v1', spec: { replicas: 9 } },
      oldObject: { kind: 'Scale', spec: { replicas: 1 } },
    });
    await remove('mutating', 'scale');
  });
});

describe('versions of a kind', () => {
  const autoscalers = (version: string) => `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`;
  const spec = { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' }, maxReplicas: 3 };
  const v1Only = { apiGroups: ['autoscaling'], apiVersions: ['v1'], resources: ['horizontalpodautoscalers'] };

  test('a rule for one is for the others too, and sees its own', async () => {
    const decide = patching({ op: 'add', path: '/spec/targetCPUUtilizationPercentage', value: 42 });
    const rule = { ...v1Only, operations: ['CREATE'] };
    await configure(server, 'mutating', 'hpa', [hookOf('hpa', webhook.on('/hpa', decide), rule)]);
    const { status, body } = await json(server, 'POST', autoscalers('v2'), { metadata: { name: 'same' }, spec });
    expect(status).toBe(201);
    expect(body.spec.metrics).toMatchObject([{ resource: { name: 'cpu', target: { averageUtilization: 42 } } }]);
    expect(webhook.asked('/hpa')[0]).toMatchObject({
      kind: { group: 'autoscaling', version: 'v1', kind: 'HorizontalPodAutoscaler' },
      requestKind: { group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler' },
      resource: { version: 'v1' },
      requestResource: { version: 'v2' },
      object: { apiVersion: 'autoscaling/v1' },
    });
  });

  test('an exact one is not', async () => {
    const rule = { ...v1Only, operations: ['CREATE'] };
    const hook = hookOf('exact', webhook.on('/exact', allow), rule, { matchPolicy: 'Exact' });
    await configure(server, 'validating', 'exact', [hook]);
    await json(server, 'POST', autoscalers('v2'), { metadata: { name: 'exact' }, spec });
    expect(webhook.asked('/exact')).toEqual([]);
    await json(server, 'POST', autoscalers('v1'), { metadata: { name: 'exact-1' }, spec });
    expect(webhook.asked('/exact')).toHaveLength(1);
  });
});

describe('changes', () => {
  test('those who want to know of later ones are asked again, once', async () => {
    const count: Decide = ({ object }) => ({
      allowed: true,
      ...patchOf({ op: 'add', path: `/data/seen-${Object.keys(object.data ?? {}).length}`, value: 'x' }),
    });
    const only = labelled('again');
    const rule = ruleFor('configmaps', ['CREATE']);
    await configure(server, 'mutating', 'again', [
      hookOf('first', webhook.on('/again-1', count), rule, { ...only, reinvocationPolicy: 'IfNeeded' }),
      hookOf('second', webhook.on('/again-2', count), rule, only),
      hookOf('third', webhook.on('/again-3', allow), rule, { ...only, reinvocationPolicy: 'IfNeeded' }),
    ]);
    const { body } = await create('again', 'again', { own: 'x' });
    expect(Object.keys(body.data)).toEqual(['own', 'seen-1', 'seen-2', 'seen-3']);
    expect([1, 2, 3].map((i) => webhook.asked(`/again-${i}`).length)).toEqual([2, 1, 2]);
  });

  test('configurations are asked in the order of their names', async () => {
    const order: string[] = [];
    const rule = ruleFor('configmaps', ['CREATE']);
    for (const name of ['order-b', 'order-a', 'order-c']) {
      const decide: Decide = () => {
        order.push(name);
        return { allowed: true };
      };
      await configure(server, 'mutating', name, [
        hookOf(name, webhook.on(`/${name}`, decide), rule, labelled('order')),
      ]);
    }
    await create('order', 'order');
    expect(order).toEqual(['order-a', 'order-b', 'order-c']);
  });

  const changing = async (name: string, operations: object[], subject = create) => {
    const hook = hookOf(
      'changing',
      webhook.on('/changing', patching(...operations)),
      ruleFor('configmaps'),
      labelled('changing'),
    );
    await configure(server, 'mutating', 'changing', [hook]);
    const answer = await subject(name, 'changing', { a: 'b' });
    await remove('mutating', 'changing');
    return [answer.status, answer.body.message] as const;
  };
  const internal = (text: string) => [500, `Internal error occurred: ${text}`];

  test.each<[string, object, (number | string)[]]>([
    [
      'a path that is not there',
      { op: 'remove', path: '/data/none' },
      internal('remove operation does not apply: doc is missing path: "/data/none": missing value'),
    ],
    ['an operation that there is not', { op: 'explode', path: '/data' }, internal('Unexpected kind: explode')],
    ['a value of another type', { op: 'add', path: '/data/n', value: { deep: 1 } }, [500, message('data')]],
    [
      'another kind',
      { op: 'replace', path: '/kind', value: 'Secret' },
      internal('admission webhook "changing.example.com" attempted to make v1, Kind=Secret of v1, Kind=ConfigMap'),
    ],
    [
      'another version',
      { op: 'replace', path: '/apiVersion', value: 'v7' },
      internal('admission webhook "changing.example.com" attempted to make v7, Kind=ConfigMap of v1, Kind=ConfigMap'),
    ],
    ['no object at all', { op: 'replace', path: '', value: 7 }, [500, message('attempted to make')]],
    ['no metadata', { op: 'remove', path: '/metadata' }, [422, message('name or generateName is required')]],
    [
      'another namespace',
      { op: 'replace', path: '/metadata/namespace', value: 'kube-system' },
      [400, 'the namespace of the provided object does not match the namespace sent on the request'],
    ],
    [
      'a resource version',
      { op: 'add', path: '/metadata/resourceVersion', value: '7' },
      [400, 'resourceVersion should not be set on objects to be created'],
    ],
  ])('refused on create: %s', async (_, operation, expected) => {
    expect(await changing('spoiled', [operation])).toEqual(expected);
    expect((await json(server, 'GET', `${configmaps}/spoiled`)).status).toBe(404);
  });

  test('a value without bottom', async () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const text = `[{"op":"add","path":"/data","value":{"deep":${deep}}}]`;
    const patch = { patchType: 'JSONPatch', patch: Buffer.from(text).toString('base64') };
    const config = webhook.on('/deep', () => ({ allowed: true, ...patch }));
    await configure(server, 'mutating', 'deep', [hookOf('deep', config, ruleFor('configmaps'), labelled('deep'))]);
    expect((await create('deep', 'deep')).body).toMatchObject({ code: 500, reason: 'InternalError' });
    expect((await create('shallow', 'none')).status).toBe(201);
  });

  test('on update the name stays, and what is the server’s own', async () => {
    const before = (await create('identity', 'changing', { a: 'b' })).body;
    const update = (name: string, label: string) =>
      json(server, 'PUT', `${configmaps}/${name}`, configmap(name, label));
    const renamed = await changing('identity', [{ op: 'replace', path: '/metadata/name', value: 'other' }], update);
    expect(renamed).toEqual([422, message('field is immutable')]);
    const moved = [{ op: 'replace', path: '/metadata/uid', value: 'x' }];
    await changing('identity', moved, update);
    expect((await json(server, 'GET', `${configmaps}/identity`)).body.metadata.uid).toBe(before.metadata.uid);
  });

  test('owners of fields that are spoiled are restored, with a warning', async () => {
    const spoil = patching({ op: 'replace', path: '/metadata/managedFields/0/fieldsType', value: 'FieldsV9' });
    const hook = hookOf('owners', webhook.on('/owners', spoil), ruleFor('configmaps'), labelled('owners'));
    await configure(server, 'mutating', 'owners', [hook]);
    const { status, body, warnings } = await create('owners', 'owners', { a: 'b' });
    expect([status, body.metadata.managedFields[0].fieldsType]).toEqual([201, 'FieldsV1']);
    expect(warnings).toEqual([message('.metadata.managedFields was in an invalid state after admission')]);
  });

  test('a custom resource gets its defaults and keeps its types', async () => {
    const schema = objectOf({
      size: { type: 'integer' },
      spec: objectOf({ color: { type: 'string', default: 'blue' } }),
    });
    await define(definitionOf('paints', [versionOf('v1', schema)]), server);
    const paint = async (operation: object) => {
      const hook = hookOf('paints', webhook.on('/paints', patching(operation)), ruleFor('tests.example.com/paints'));
      await configure(server, 'mutating', 'paints', [hook]);
      return json(server, 'POST', objectsPath('paints'), objectNamed('Paint', 'a'));
    };
    const spoiled = await paint({ op: 'add', path: '/size', value: 'large' });
    expect([spoiled.status, spoiled.body.message]).toEqual([422, message('size')]);
    const { body } = await paint({ op: 'add', path: '/spec', value: { unknown: 1 } });
    expect(body.spec).toEqual({ color: 'blue' });
  });
});

describe('verdicts', () => {
  test('a denial has the code, the reason and the details that the webhook gives', async () => {
    const status = { code: 403, reason: 'Forbidden', message: 'team quota', details: { kind: 'teams', name: 'a' } };
    const decide: Decide = ({ name }) => ({ allowed: false, ...(name === 'said' && { status }) });
    const hook = hookOf('verdict', webhook.on('/verdict', decide), ruleFor('configmaps'), labelled('verdict'));
    await configure(server, 'validating', 'verdict', [hook]);
    expect((await create('said', 'verdict')).body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'admission webhook "verdict.example.com" denied the request: team quota',
      reason: 'Forbidden',
      details: { kind: 'teams', name: 'a' },
      code: 403,
    });
    expect((await create('unsaid', 'verdict')).body).toMatchObject({
      message: 'admission webhook "verdict.example.com" denied the request without explanation',
      code: 400,
    });
  });

  test('all validating webhooks are asked at once', async () => {
    let waiting = 0;
    let everyone: () => void;
    const met = new Promise<void>((done) => {
      everyone = done;
    });
    const meet: Decide = async () => {
      waiting += 1;
      if (waiting === 3) everyone();
      await met;
      return { allowed: true };
    };
    const hooks = ['a', 'b', 'c'].map((name) =>
      hookOf(name, webhook.on(`/meet-${name}`, meet), ruleFor('configmaps'), {
        ...labelled('meet'),
        timeoutSeconds: 5,
      }),
    );
    await configure(server, 'validating', 'meet', hooks);
    expect((await create('meet', 'meet')).status).toBe(201);
  });

  test('connections are kept, and one that was closed meanwhile is opened anew', async () => {
    const hook = hookOf('kept', webhook.on('/kept', allow), ruleFor('configmaps'), labelled('kept'));
    await configure(server, 'validating', 'kept', [hook]);
    const before = webhook.connections;
    for (let i = 0; i < 20; i++) expect((await create(`kept-${i}`, 'kept')).status).toBe(201);
    expect(webhook.connections - before).toBe(1);
    webhook.dropConnections();
    expect((await create('kept-again', 'kept')).status).toBe(201);
    expect(webhook.connections - before).toBe(2);
  });

  test.each([...kubectlPaths].filter(([minor]) => [27, 33].includes(minor)))(
    'kubectl 1.%i shows warnings and denials',
    async (minor, path) => {
      const decide: Decide = ({ name }) => ({
        allowed: name?.startsWith('good'),
        warnings: ['this is the last time'],
        status: { message: 'no more of these', code: 403, reason: 'Forbidden' },
      });
      const hook = hookOf('shown', webhook.on('/shown', decide), ruleFor('secrets', ['CREATE']));
      await configure(server, 'validating', 'shown', [hook]);
      const secret = (name: string) => ['create', 'secret', 'generic', name, '--kubeconfig', server.paths.kubeconfig];
      const good = await run(path, secret(`good-${minor}`));
      expect([good.status, good.stderr]).toEqual([0, 'Warning: this is the last time\n']);
      const bad = await run(path, secret(`bad-${minor}`));
      expect(bad.status).toBe(1);
      expect(bad.stderr).toContain('Warning: this is the last time\n');
      expect(bad.stderr).toMatch(/admission webhook "shown.example.com" denied the request: no more of these/);
      await remove('validating', 'shown');
    },
  );
});

describe('answers that are none', () => {
  const review = (uid: string, response: object, more: object = {}) =>
    JSON.stringify({
      kind: 'AdmissionReview',
      apiVersion: 'admission.k8s.io/v1',
      response: { uid, ...response },
      ...more,
    });
  const uidOf = (body: string): string => (JSON.parse(body) as { request: { uid: string } }).request.uid;
  const invalid = 'received invalid webhook response: ';
  const saying =
    (response: object, more?: object): Answer =>
    (_request, answer, body) =>
      answer.end(review(uidOf(body), response, more));

  const lies: [string, Answer, string][] = [
    ['nothing', (_request, answer) => answer.end('{}'), `${invalid}webhook response was absent`],
    [
      'another uid',
      (_r, answer) => answer.end(review('other', { allowed: true })),
      `${invalid}expected response.uid="`,
    ],
    [
      'another kind',
      saying({ allowed: true }, { kind: 'ConversionReview' }),
      `${invalid}expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got admission.k8s.io/v1, Kind=ConversionReview`,
    ],
    ['no JSON', (_request, answer) => answer.end('<html>'), "couldn't get version/kind; json parse error: <html>"],
    ['a type that is wrong', saying({ allowed: 'yes' }), `${invalid}json: cannot unmarshal into Go struct field`],
    [
      'a patch without its type',
      saying({ allowed: true, patch: 'W10=' }),
      `${invalid}webhook returned response.patch but not response.patchType`,
    ],
    [
      'a patch of another type',
      saying({ allowed: true, ...patchOf({ op: 'add', path: '/a', value: 1 }), patchType: 'MergePatch' }),
      'unsupported patch type "MergePatch"',
    ],
    [
      'a patch that is none',
      saying({ allowed: true, patchType: 'JSONPatch', patch: Buffer.from('{').toString('base64') }),
      'received undecodable patch in webhook response: ',
    ],
    [
      'a redirect',
      (_request, answer) => answer.writeHead(302, { location: '/elsewhere' }).end(),
      'the server rejected our request for an unknown reason',
    ],
    [
      'an error',
      (_request, answer) => answer.writeHead(500).end('boom'),
      'an error on the server ("boom") has prevented the request from succeeding',
    ],
    ['the end of the connection', (request) => request.socket.destroy(), 'EOF'],
    [
      'half an answer',
      (request, answer) => {
        answer.writeHead(200, { 'content-length': 100 }).write('{');
        setImmediate(() => request.socket.destroy());
      },
      'EOF',
    ],
  ];

  test.each(lies)('%s', async (_, answer, text) => {
    const config = webhook.answer('/lies', answer);
    const hook = (failurePolicy: string) =>
      hookOf('lies', config, ruleFor('configmaps', ['CREATE']), {
        ...labelled('lies'),
        failurePolicy,
        admissionReviewVersions: ['v1'],
      });
    await configure(server, 'mutating', 'lies', [hook('Fail')]);
    const closed = await create('lies', 'lies');
    expect([closed.status, closed.body.message]).toEqual([
      500,
      message('Internal error occurred: failed calling webhook "lies.example.com": '),
    ]);
    expect(closed.body.message).toContain(text);
    await configure(server, 'mutating', 'lies', [hook('Ignore')]);
    expect((await create('lies', 'lies', {}, '?dryRun=All')).status).toBe(201);
    await remove('mutating', 'lies');
  });

  test('a validating webhook must not patch, and nothing patches what is deleted', async () => {
    const patch = patchOf({ op: 'add', path: '/data', value: {} });
    const rule = ruleFor('configmaps');
    const more = { ...labelled('patches'), admissionReviewVersions: ['v1'] };
    const config = webhook.on('/patches', () => ({ allowed: true, ...patch }));
    await configure(server, 'validating', 'patches', [hookOf('patches', config, rule, more)]);
    expect((await create('patches', 'patches')).body.message).toContain(
      'validating webhook may not return response.patch',
    );
    await remove('validating', 'patches');
    await create('patches', 'patches');
    await configure(server, 'mutating', 'patches', [hookOf('patches', config, rule, more)]);
    const { status, body } = await json(server, 'DELETE', `${configmaps}/patches`);
    expect([status, body.message]).toEqual([
      500,
      'Internal error occurred: admission webhook "patches.example.com" attempted to modify the object, which is not supported for this operation',
    ]);
    await remove('mutating', 'patches');
  });
});

describe('conditions', () => {
  const conditioned = async (expression: string, failurePolicy: string) => {
    const matchConditions = [{ name: 'only', expression }];
    const more = { ...labelled('conditions'), matchConditions, failurePolicy };
    const hook = hookOf(
      'conditions',
      webhook.on(
        '/conditions',
        denying(() => 'asked'),
      ),
      ruleFor('configmaps'),
      more,
    );
    await configure(server, 'validating', 'conditions', [hook]);
    return (await create('conditions', 'conditions', { a: 'b' }, '?dryRun=All')).body.message;
  };

  test.each([
    ["request.userInfo.username == 'kubernetes-admin' && request.operation == 'CREATE'", true],
    ["object.data.a == 'c'", false],
    ["'system:masters' in request.userInfo.groups && oldObject == null", true],
    ["authorizer.group('').resource('configmaps').namespace('default').check('delete').allowed()", true],
    ["authorizer.requestResource.check('get').allowed() && false", false],
    ['request.options.dryRun == ["All"] && request.dryRun', true],
  ])('%s', async (expression, asked) => {
    expect(await conditioned(expression, 'Fail')).toEqual(asked ? message('denied the request: asked') : undefined);
  });

  test('one that has no result refuses, or leaves the webhook out', async () => {
    expect(await conditioned('object.data.missing == ""', 'Fail')).toBe(
      'configmaps "conditions" is forbidden: expression \'object.data.missing == ""\' resulted in error: no such key: missing',
    );
    expect(await conditioned('object.data.missing == ""', 'Ignore')).toBeUndefined();
  });
});

test('the audit log says who changed what, and how only where it may', async () => {
  const operations = [{ op: 'add', path: '/metadata/annotations', value: { hidden: 'c2VjcmV0' } }];
  const decide: Decide = () => ({ allowed: true, ...patchOf(...operations), auditAnnotations: { why: 'because' } });
  const rules = ['configmaps', 'secrets'].map((resource) => ruleFor(resource, ['CREATE']));
  const hook = { ...hookOf('audited', webhook.on('/audited', decide), {}, labelled('audited')), rules };
  const gone = hookOf('gone', { url: 'https://127.0.0.1:1/' }, rules[0]!, labelled('audited'));
  await configure(server, 'mutating', 'audited', [hook]);
  await configure(server, 'validating', 'audited', [{ ...gone, failurePolicy: 'Ignore' }]);
  expect((await create('audited', 'audited')).status).toBe(201);
  const secret = { metadata: { name: 'audited', labels: { webhook: 'audited' } } };
  expect((await json(server, 'POST', configmaps.replace('configmaps', 'secrets'), secret)).status).toBe(201);
  const annotationsOf = (resource: string) =>
    eventually(`${resource} are in the log`, () => {
      // Which of all webhooks it is depends on the tests before.
      const text = readFileSync(join(directory, 'audit.log'), 'utf8').replace(/(round_0_index_)\d+/g, '$1N');
      const lines = text.split('\n');
      const events = lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line));
      return events.find(({ objectRef }) => objectRef.resource === resource && objectRef.name === 'audited')
        ?.annotations;
    });
  const called = { configuration: 'audited', webhook: 'audited.example.com' };
  const key = 'webhook.admission.k8s.io/round_0_index_N';
  const mutation = { [`mutation.${key}`]: JSON.stringify({ ...called, mutated: true }) };
  const changed = await annotationsOf('configmaps');
  expect(changed).toMatchObject({
    ...mutation,
    'audited.example.com/why': 'because',
    [`patch.${key}`]: JSON.stringify({ ...called, patch: operations, patchType: 'JSONPatch' }),
    [`failed-open.validating.${key}`]: 'gone.example.com',
  });
  const told = await annotationsOf('secrets');
  expect(told).toMatchObject(mutation);
  expect(JSON.stringify(told)).not.toContain('c2VjcmV0');
});

test('calls are counted', async () => {
  const { text } = await server.raw('/metrics');
  const count = (name: string, labels: string): number =>
    Number(new RegExp(`^apiserver_admission_webhook_${name}{${labels}} (\\d+)$`, 'm').exec(text)?.[1]);
  const said = 'name="verdict.example.com",type="validating",operation="CREATE"';
  expect(count('rejection_count', `${said},error_type="no_error",rejection_code="403"`)).toBe(1);
  expect(count('request_total', `${said},code="400",rejected="true"`)).toBe(1);
  expect(count('fail_open_count', 'name="lies.example.com",type="admit"')).toBe(12);
  const lies = 'name="lies.example.com",type="admit",operation="CREATE"';
  expect(count('rejection_count', `${lies},error_type="calling_webhook_error",rejection_code="503"`)).toBe(12);
});

test('a server starts although a webhook refuses everything', async () => {
  const everything = { apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'], operations: ['*'] };
  const config = { url: 'https://127.0.0.1:1/', caBundle: webhook.caBundle };
  await configure(server, 'validating', 'all', [hookOf('all', config, everything)]);
  await configure(server, 'mutating', 'all', [hookOf('all', config, everything)]);
  await server.stop();
  await server.launch();
  expect((await create('refused', 'none')).status).toBe(500);
  await remove('mutating', 'all');
  await remove('validating', 'all');
  expect((await create('accepted', 'none')).status).toBe(201);
});
