/** What Kubernetes' conformance tests ask of admission webhooks, on a bare API server with a webhook in this process, which a Service leads to. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AdmissionWebhook, allow, type Decide, denying, patching } from './harness/admission-webhook.ts';
import { ApiServer } from './harness/apiserver.ts';
import {
  define,
  definitionOf,
  json,
  objectNamed,
  objectOf,
  objectsPath,
  redefine,
  versionOf,
} from './harness/custom-resources.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';
import { kubectlMissing, kubectlPath } from './harness/kubectl.ts';
import { run } from './harness/run.ts';
import {
  configurations,
  configurationsPath,
  configure,
  exposeAsService,
  hookOf,
  labelled,
  ownAddress,
  ruleFor,
  settled,
  throughService,
} from './harness/webhook-configurations.ts';

let store: EtcdServer;
let server: ApiServer;
let webhook: AdmissionWebhook;

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 25601);
  webhook = await AdmissionWebhook.start();
  if (ownAddress) await exposeAsService(server, webhook);
  await json(server, 'POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
});

afterAll(async () => {
  webhook?.close();
  await server?.remove();
  await store?.remove();
});

/** Where the webhook decides so: behind the Service, or at its URL on a machine without an address that endpoints may have. */
function served(path: string, decide: Decide): object {
  const byUrl = webhook.on(path, decide);
  return ownAddress ? throughService(webhook, path) : byUrl;
}

const configmaps = '/api/v1/namespaces/default/configmaps';
const configmap = (name: string, label: string, data: object = {}) => ({
  metadata: { name, labels: { webhook: label } },
  data,
});
const create = (name: string, label: string, data: object = {}, query = '') =>
  json(server, 'POST', configmaps + query, configmap(name, label, data));
const mergePatch = { 'content-type': 'application/merge-patch+json' };
const adding = (key: string): Decide => patching({ op: 'add', path: `/data/${key}`, value: 'yes' });
const message = (text: string) => expect.stringContaining(text);

describe('collections of configurations', () => {
  const ten = Array.from({ length: 10 }, (_, i) => i);
  const selector = '?labelSelector=batch%3Dyes';

  test('conformance: Admission webhook, list mutating webhooks', async () => {
    for (const i of ten) {
      const hook = hookOf('list', served(`/list-${i}`, adding(`key-${i}`)), ruleFor('configmaps'), labelled('listed'));
      await configure(server, 'mutating', `list-${i}`, [hook], { batch: 'yes' });
    }
    const path = configurationsPath('mutating');
    expect((await json(server, 'GET', path + selector)).body.items).toHaveLength(10);
    const { body } = await create('listed-1', 'listed', { own: 'yes' });
    expect(body.data).toEqual({ own: 'yes', ...Object.fromEntries(ten.map((i) => [`key-${i}`, 'yes'])) });
    expect((await json(server, 'DELETE', path + selector)).status).toBe(200);
    await settled(server, 'mutating');
    expect((await create('listed-2', 'listed', { own: 'yes' })).body.data).toEqual({ own: 'yes' });
  });

  test('conformance: Admission webhook, list validating webhooks', async () => {
    for (const i of ten) {
      const decide = denying(() => `not with me, ${i}`);
      const hook = hookOf('list', served(`/refuse-${i}`, decide), ruleFor('configmaps'), labelled('refused'));
      await configure(server, 'validating', `list-${i}`, [hook], { batch: 'yes' });
    }
    const path = configurationsPath('validating');
    expect((await json(server, 'GET', path + selector)).body.items).toHaveLength(10);
    const refused = await create('refused', 'refused');
    expect([refused.status, refused.body.message]).toEqual([400, message('denied the request: not with me, ')]);
    await json(server, 'DELETE', path + selector);
    await settled(server, 'validating');
    expect((await create('refused', 'refused')).status).toBe(201);
  });
});

describe('a configuration that is changed', () => {
  const withOperations = async (kind: 'mutating' | 'validating', name: string, operations: string[]) => {
    const path = `${configurationsPath(kind)}/${name}`;
    const { body } = await json(server, 'GET', path);
    body.webhooks[0].rules[0].operations = operations;
    await json(server, 'PUT', path, body);
    await settled(server, kind);
  };

  test('conformance: Admission webhook, update validating webhook', async () => {
    const decide = denying(() => 'never');
    const rule = ruleFor('configmaps', ['CREATE']);
    await configure(server, 'validating', 'updated', [
      hookOf('updated', served('/updated', decide), rule, labelled('u')),
    ]);
    expect((await create('updated', 'u')).body.message).toBe(
      'admission webhook "updated.example.com" denied the request: never',
    );
    await withOperations('validating', 'updated', ['UPDATE']);
    expect((await create('updated', 'u')).status).toBe(201);
    const patch = [{ op: 'replace', path: '/webhooks/0/rules/0/operations', value: ['CREATE'] }];
    await json(server, 'PATCH', `${configurationsPath('validating')}/updated`, patch, {
      'content-type': 'application/json-patch+json',
    });
    await settled(server, 'validating');
    expect((await create('updated-again', 'u')).status).toBe(400);
  });

  test('conformance: Admission webhook, update mutating webhook', async () => {
    const rule = ruleFor('configmaps', ['CREATE']);
    const hook = hookOf('changed', served('/changed', adding('changed')), rule, labelled('changed'));
    await configure(server, 'mutating', 'changed', [hook]);
    await withOperations('mutating', 'changed', ['UPDATE']);
    expect((await create('changed-1', 'changed', { own: 'yes' })).body.data).toEqual({ own: 'yes' });
    const path = `${configurationsPath('mutating')}/changed`;
    await json(server, 'PATCH', path, { webhooks: [{ ...hook, rules: [rule] }] }, mergePatch);
    await settled(server, 'mutating');
    const { body } = await create('changed-2', 'changed', { own: 'yes' });
    expect(body.data).toEqual({ own: 'yes', changed: 'yes' });
  });
});

describe('match conditions', () => {
  const conditions = [
    { name: 'expression-1', expression: 'object.metadata.name != "excluded"' },
    { name: 'expression-2', expression: "request.userInfo.username != 'nobody'" },
  ];
  const kinds = ['mutating', 'validating'] as const;
  const roundTrip = async (kind: (typeof kinds)[number]) => {
    const hook = hookOf('conditions', served('/conditions', allow), ruleFor('configmaps'), labelled('never'));
    const path = configurationsPath(kind);
    const first = [conditions[0]];
    await json(server, 'POST', path, {
      metadata: { name: 'conditions' },
      webhooks: [{ ...hook, matchConditions: first }],
    });
    const { body } = await json(server, 'GET', `${path}/conditions`);
    expect(body.webhooks[0].matchConditions).toEqual(first);
    body.webhooks[0].matchConditions = conditions;
    expect((await json(server, 'PUT', `${path}/conditions`, body)).status).toBe(200);
    expect((await json(server, 'GET', `${path}/conditions`)).body.webhooks[0].matchConditions).toEqual(conditions);
    await json(server, 'DELETE', `${path}/conditions`);
  };
  const refusal = async (kind: (typeof kinds)[number]) => {
    const broken = [...conditions, { name: 'invalid', expression: '... [] bad expression' }];
    const hook = hookOf('broken', served('/broken', allow), ruleFor('configmaps'), { matchConditions: broken });
    const { status, body } = await json(server, 'POST', configurationsPath(kind), {
      metadata: { name: 'broken' },
      webhooks: [hook],
    });
    expect([status, body.message]).toEqual([422, message('compilation failed')]);
  };

  test('conformance: Mutating Admission webhook, create and update mutating webhook configuration with matchConditions', () =>
    roundTrip('mutating'));
  test('conformance: Validating Admission webhook, create and update validating webhook configuration with matchConditions', () =>
    roundTrip('validating'));
  test('conformance: Mutating Admission webhook, reject mutating webhook configurations with invalid matchConditions', () =>
    refusal('mutating'));
  test('conformance: Validing Admission webhook, reject validating webhook configurations with invalid matchConditions', () =>
    refusal('validating'));

  test('conformance: Mutating Admission webhook, mutating webhook excluding object with specific name', async () => {
    const hook = hookOf('excluding', served('/excluding', adding('seen')), ruleFor('configmaps', ['CREATE']), {
      ...labelled('excluding'),
      matchConditions: [conditions[0]],
    });
    await configure(server, 'mutating', 'excluding', [hook]);
    expect((await create('excluded', 'excluding', { own: 'yes' })).body.data).toEqual({ own: 'yes' });
    const { body } = await create('included', 'excluding', { own: 'yes' });
    expect(body.data).toEqual({ own: 'yes', seen: 'yes' });
  });
});

describe('refusals', () => {
  const pod = (name: string, container: object = {}) => ({
    metadata: { name, labels: { webhook: 'denied' } },
    spec: { containers: [{ name: 'main', image: 'busybox:1.35', ...container }] },
  });
  const pods = '/api/v1/namespaces/default/pods';

  test('conformance: Admission webhook, deny create', async () => {
    const noBadContainer = denying(({ object }) =>
      object.spec.containers[0].name === 'webhook-disallow' ? 'the pod contains unwanted container name' : undefined,
    );
    const noBadData = denying(({ object, oldObject, operation }) =>
      operation !== 'DELETE' && object.data?.['webhook-e2e-test'] === 'webhook-disallow'
        ? `the configmap contains unwanted key and value, and was ${oldObject ? 'there' : 'not there'}`
        : undefined,
    );
    webhook.answer('/hangs', () => undefined);
    const hangs = ownAddress
      ? throughService(webhook, '/hangs')
      : { url: `https://127.0.0.1:${webhook.port}/hangs`, caBundle: webhook.caBundle };
    const namespaced = { namespaceSelector: { matchExpressions: [{ key: 'exempt', operator: 'DoesNotExist' }] } };
    await configure(server, 'validating', 'denying', [
      hookOf('pods', served('/pods', noBadContainer), ruleFor('pods', ['CREATE']), {
        ...labelled('denied'),
        ...namespaced,
      }),
      hookOf('configmaps', served('/data', noBadData), ruleFor('configmaps'), { ...labelled('denied'), ...namespaced }),
      hookOf('hangs', hangs, ruleFor('pods', ['CREATE']), { ...labelled('hangs'), timeoutSeconds: 1 }),
    ]);
    const denied = await json(server, 'POST', pods, pod('denied', { name: 'webhook-disallow' }));
    expect(denied.body.message).toBe(
      'admission webhook "pods.example.com" denied the request: the pod contains unwanted container name',
    );
    const bad = { 'webhook-e2e-test': 'webhook-disallow' };
    expect((await create('denied', 'denied', bad)).body.message).toContain('was not there');
    expect((await create('denied', 'denied', { fine: 'yes' })).status).toBe(201);
    const updated = await json(server, 'PUT', `${configmaps}/denied`, configmap('denied', 'denied', bad));
    expect(updated.body.message).toContain('unwanted key and value, and was there');
    const patched = await json(server, 'PATCH', `${configmaps}/denied`, { data: bad }, mergePatch);
    expect(patched.body.message).toContain('unwanted key and value, and was there');
    const hanging = await json(server, 'POST', pods, {
      ...pod('hanging'),
      metadata: { name: 'hanging', labels: { webhook: 'hangs' } },
    });
    expect([hanging.status, hanging.body.message]).toEqual([500, message('?timeout=1s": context deadline exceeded')]);
    await json(server, 'POST', '/api/v1/namespaces', { metadata: { name: 'exempt', labels: { exempt: 'yes' } } });
    const exempt = configmaps.replace('default', 'exempt');
    expect((await json(server, 'POST', exempt, configmap('denied', 'denied', bad))).status).toBe(201);
  });

  test.skipIf(kubectlMissing)('conformance: Admission webhook, deny attach', async () => {
    const decide = denying(({ name }) =>
      name === 'to-be-attached' ? "attaching to pod 'to-be-attached' is not allowed" : undefined,
    );
    const hook = hookOf('attach', served('/attach', decide), ruleFor('pods/attach', ['CONNECT']));
    await configure(server, 'validating', 'attach', [hook]);
    await json(server, 'POST', pods, { ...pod('to-be-attached'), metadata: { name: 'to-be-attached' } });
    await json(server, 'POST', `${pods}/to-be-attached/binding`, { target: { kind: 'Node', name: 'minik-1' } });
    const status = { phase: 'Running' };
    await json(server, 'PATCH', `${pods}/to-be-attached/status`, { status }, mergePatch);
    const args = ['attach', 'to-be-attached', '-i', '-c=main', '--kubeconfig', server.paths.kubeconfig];
    const attached = await run(kubectlPath, args);
    expect(attached.status).toBe(1);
    expect(attached.stderr).toContain("denied the request: attaching to pod 'to-be-attached' is not allowed");
    expect(webhook.asked('/attach')[0]).toMatchObject({
      kind: { group: '', version: 'v1', kind: 'PodAttachOptions' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      subResource: 'attach',
      operation: 'CONNECT',
      object: { kind: 'PodAttachOptions', apiVersion: 'v1', container: 'main', stdin: true, stdout: true },
      oldObject: null,
      options: null,
    });
    await json(server, 'DELETE', `${configurationsPath('validating')}/attach`);
  });

  test('conformance: Admission webhook, deny custom resource definition', async () => {
    const decide = denying(({ object }) =>
      object.metadata.labels?.webhook === 'crd' ? 'the crd contains unwanted label' : undefined,
    );
    const rule = ruleFor('apiextensions.k8s.io/customresourcedefinitions', ['CREATE']);
    await configure(server, 'validating', 'crd', [hookOf('crd', served('/crd', decide), rule, labelled('crd'))]);
    const definition = definitionOf('denieds', [versionOf('v1', objectOf({}))]);
    definition.metadata.labels = { webhook: 'crd' };
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const { status, body } = await json(server, 'POST', path, definition);
    expect([status, body.message]).toEqual([400, message('denied the request: the crd contains unwanted label')]);
  });

  test('conformance: Admission webhook, deny custom resource create and delete', async () => {
    const data = { type: 'object', additionalProperties: { type: 'string' } };
    await define(definitionOf('guards', [versionOf('v1', objectOf({ data }))]), server);
    const decide = denying(({ operation, object, oldObject }) => {
      const seen = operation === 'DELETE' ? (oldObject as typeof object) : object;
      return seen.data?.['webhook-e2e-test'] === 'webhook-disallow'
        ? `the custom resource contains unwanted data, ${operation}`
        : undefined;
    });
    const rule = ruleFor('tests.example.com/guards');
    await configure(server, 'validating', 'guards', [hookOf('guards', served('/guards', decide), rule)]);
    const path = objectsPath('guards');
    const bad = { data: { 'webhook-e2e-test': 'webhook-disallow' } };
    const refused = await json(server, 'POST', path, objectNamed('Guard', 'bad', bad));
    expect(refused.body.message).toContain('unwanted data, CREATE');
    await json(server, 'POST', path, objectNamed('Guard', 'good', { data: { fine: 'yes' } }));
    const changed = await json(server, 'PATCH', `${path}/good`, bad, mergePatch);
    expect(changed.body.message).toContain('unwanted data, UPDATE');
    await json(server, 'DELETE', `${configurationsPath('validating')}/guards`);
    await settled(server, 'validating');
    await json(server, 'PATCH', `${path}/good`, bad, mergePatch);
    await configure(server, 'validating', 'guards', [hookOf('guards', served('/guards', decide), rule)]);
    expect((await json(server, 'DELETE', `${path}/good`)).body.message).toContain('unwanted data, DELETE');
    await json(server, 'PATCH', `${path}/good`, { data: { 'webhook-e2e-test': 'fine' } }, mergePatch);
    expect((await json(server, 'DELETE', `${path}/good`)).status).toBe(200);
  });

  test('conformance: Admission webhook, fail closed', async () => {
    const clientConfig = { url: 'https://127.0.0.1:1/nobody', caBundle: webhook.caBundle };
    await json(server, 'POST', '/api/v1/namespaces', { metadata: { name: 'closed', labels: { closed: 'yes' } } });
    const more = { namespaceSelector: { matchLabels: { closed: 'yes' } } };
    await configure(server, 'validating', 'closed', [hookOf('closed', clientConfig, ruleFor('configmaps'), more)]);
    const { status, body } = await json(server, 'POST', configmaps.replace('default', 'closed'), {
      metadata: { name: 'a' },
    });
    expect([status, body.reason, body.message]).toEqual([
      500,
      'InternalError',
      'Internal error occurred: failed calling webhook "closed.example.com": failed to call webhook: Post "https://127.0.0.1:1/nobody?timeout=10s": dial tcp 127.0.0.1:1: connect: connection refused',
    ]);
    expect((await json(server, 'POST', configmaps, { metadata: { name: 'elsewhere' } })).status).toBe(201);
  });

  test('conformance: Admission webhook, honor timeout', async () => {
    const slow: Decide = () => new Promise((done) => setTimeout(() => done({ allowed: true }), 5000));
    const hook = (name: string, more: object) =>
      hookOf(name, served('/slow', slow), ruleFor('configmaps', ['CREATE']), { ...labelled(name), ...more });
    await configure(server, 'validating', 'slow', [
      hook('short-fail', { timeoutSeconds: 1, failurePolicy: 'Fail' }),
      hook('short-ignore', { timeoutSeconds: 1, failurePolicy: 'Ignore' }),
      hook('long-fail', { timeoutSeconds: 10, failurePolicy: 'Fail' }),
      hook('default-fail', { failurePolicy: 'Fail' }),
    ]);
    const names = ['short-fail', 'short-ignore', 'long-fail', 'default-fail'];
    const answers = await Promise.all(names.map((name) => create(name, name)));
    expect(answers.map(({ status }) => status)).toEqual([500, 201, 201, 201]);
    expect(answers[0]!.body.message).toContain('context deadline exceeded');
  });
});

describe('mutation', () => {
  test('conformance: Admission webhook, ordered mutation', async () => {
    const second: Decide = ({ object, ...rest }) =>
      object.data['stage-1'] === 'yes' ? adding('stage-2')({ object, ...rest }) : { allowed: true };
    await configure(server, 'mutating', 'ordered', [
      hookOf('first', served('/first', adding('stage-1')), ruleFor('configmaps', ['CREATE']), labelled('ordered')),
      hookOf('second', served('/second', second), ruleFor('configmaps', ['CREATE']), labelled('ordered')),
    ]);
    const { body } = await create('ordered', 'ordered', { start: 'yes' });
    expect(body.data).toEqual({ start: 'yes', 'stage-1': 'yes', 'stage-2': 'yes' });
  });

  test('conformance: Admission webhook, mutation with defaulting', async () => {
    const initContainers = [{ name: 'webhook-added-init-container', image: 'webhook-added-image' }];
    const decide = patching({ op: 'add', path: '/spec/initContainers', value: initContainers });
    await configure(server, 'mutating', 'defaulting', [
      hookOf('defaulting', served('/defaulting', decide), ruleFor('pods', ['CREATE']), labelled('defaulting')),
    ]);
    const { status, body } = await json(server, 'POST', '/api/v1/namespaces/default/pods', {
      metadata: { name: 'defaulted', labels: { webhook: 'defaulting' } },
      spec: { containers: [{ name: 'main', image: 'busybox:1.35' }] },
    });
    expect([status, body.message]).toEqual([201, undefined]);
    expect(body.spec.initContainers).toMatchObject([
      {
        name: 'webhook-added-init-container',
        terminationMessagePolicy: 'File',
        terminationMessagePath: '/dev/termination-log',
        imagePullPolicy: 'Always',
      },
    ]);
  });

  const stages: Decide = ({ object, ...rest }) => {
    const { data = {} } = object;
    const key = data['mutation-stage-1'] === 'yes' ? 'mutation-stage-2' : 'mutation-stage-1';
    return data['mutation-start'] === 'yes' ? adding(key)({ object, ...rest }) : { allowed: true };
  };
  const mutateCustom = (plural: string) =>
    configure(
      server,
      'mutating',
      plural,
      ['one', 'two'].map((name) =>
        hookOf(name, served(`/${plural}`, stages), ruleFor(`tests.example.com/${plural}`, ['CREATE', 'UPDATE'])),
      ),
    );
  const start = { data: { 'mutation-start': 'yes' } };
  const anyData = { type: 'object', additionalProperties: { type: 'string' } };

  test('conformance: Admission webhook, mutate custom resource', async () => {
    await define(definitionOf('mutants', [versionOf('v1', objectOf({ data: anyData }))]), server);
    await mutateCustom('mutants');
    const { body } = await json(server, 'POST', objectsPath('mutants'), objectNamed('Mutant', 'a', start));
    expect(body.data).toEqual({ 'mutation-start': 'yes', 'mutation-stage-1': 'yes', 'mutation-stage-2': 'yes' });
  });

  test('conformance: Admission webhook, mutate custom resource with pruning', async () => {
    const text = { type: 'string' };
    const data = objectOf({ 'mutation-start': text, 'mutation-stage-1': text });
    await define(definitionOf('pruneds', [versionOf('v1', objectOf({ data }))]), server);
    await mutateCustom('pruneds');
    const { body } = await json(server, 'POST', objectsPath('pruneds'), objectNamed('Pruned', 'a', start));
    expect(body.data).toEqual({ 'mutation-start': 'yes', 'mutation-stage-1': 'yes' });
  });

  test('conformance: Admission webhook, mutate custom resource with different stored version', async () => {
    const versions = ['v1', 'v2'].map((name) => versionOf(name, objectOf({ data: anyData })));
    await define(definitionOf('moveds', versions), server);
    await mutateCustom('moveds');
    await json(server, 'POST', objectsPath('moveds'), objectNamed('Moved', 'a', { data: { own: 'yes' } }));
    await redefine(server, 'moveds.tests.example.com', {
      versions: versions.map((version) => ({ ...version, storage: version.name === 'v2' })),
    });
    const patch = () => json(server, 'PATCH', `${objectsPath('moveds')}/a`, start, mergePatch);
    const patched = await eventually('it can be changed', async () => {
      const answer = await patch();
      return answer.status === 200 && answer;
    });
    const expected = { own: 'yes', 'mutation-start': 'yes', 'mutation-stage-1': 'yes', 'mutation-stage-2': 'yes' };
    expect([patched.body.apiVersion, patched.body.data]).toEqual(['tests.example.com/v1', expected]);
    expect((await json(server, 'GET', `${objectsPath('moveds', 'v2')}/a`)).body.data).toEqual(expected);
  });
});

test('conformance: Admission webhook, admission control not allowed on webhook configuration objects', async () => {
  const rule = {
    apiGroups: ['admissionregistration.k8s.io'],
    apiVersions: ['*'],
    resources: ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
    operations: ['CREATE', 'UPDATE', 'DELETE'],
  };
  const never = served(
    '/never',
    denying(() => 'never'),
  );
  const label = served('/label', patching({ op: 'add', path: '/metadata/labels', value: { added: 'yes' } }));
  await configure(server, 'validating', 'self', [hookOf('self', never, rule)]);
  await configure(server, 'mutating', 'self', [hookOf('self', label, rule)]);
  for (const kind of ['mutating', 'validating'] as const) {
    const dummy = hookOf('dummy', { url: 'https://127.0.0.1:1/' }, ruleFor('nothings'));
    const path = configurationsPath(kind);
    const created = await json(server, 'POST', path, { metadata: { name: 'dummy' }, webhooks: [dummy] });
    expect([created.status, created.body.metadata.labels]).toEqual([201, undefined]);
    expect((await json(server, 'DELETE', `${path}/dummy`)).status).toBe(200);
    expect((await json(server, 'DELETE', `${path}/self`)).status).toBe(200);
  }
  expect([...webhook.asked('/never'), ...webhook.asked('/label')]).toEqual([]);
});

test('conformance: Admission webhook, discovery document', async () => {
  const group = 'admissionregistration.k8s.io';
  const { body: groups } = await json(server, 'GET', '/apis');
  const found = groups.groups.find(({ name }: { name: string }) => name === group);
  expect(found.versions).toContainEqual({ groupVersion: `${group}/v1`, version: 'v1' });
  expect((await json(server, 'GET', `/apis/${group}`)).body.versions).toEqual(found.versions);
  const { body } = await json(server, 'GET', configurations);
  const names = body.resources.map(({ name }: { name: string }) => name);
  expect(names).toEqual(expect.arrayContaining(['mutatingwebhookconfigurations', 'validatingwebhookconfigurations']));
});
