/** ValidatingAdmissionPolicy on the wire: what policies in CEL refuse, warn of and note. */
import { describe, expect, test } from 'vitest';
import {
  bindingOf,
  bindingsPath,
  mapsLabelled,
  policiesPath,
  ruleFor,
  withPolicy,
} from './harness/admission-policies.ts';
import { deploymentOf, deployments, mapOf, maps, writesToServerAt } from './harness/writes.ts';

const writes = writesToServerAt(25770);
const { ask } = writes;

const onDeployments = { resourceRules: [ruleFor('deployments', ['CREATE', 'UPDATE'], 'apps')] };
const labelled = (name: string, data: object = {}, test = name) => mapOf(name, data, { labels: { test } });
const dryRun = `${maps}?dryRun=All`;
const refusal = (map: string, policy: string, why: string): string =>
  `configmaps "${map}" is forbidden: ValidatingAdmissionPolicy '${policy}' with binding '${policy}' denied request: ${why}`;

test('conformance: ValidatingAdmissionPolicy — variables', async () => {
  const spec = {
    matchConstraints: onDeployments,
    variables: [
      { name: 'replicas', expression: 'object.spec.replicas' },
      { name: 'odd', expression: 'variables.replicas % 2 == 1' },
    ],
    validations: [
      { expression: 'variables.replicas > 1' },
      { expression: 'variables.odd', messageExpression: "'not odd: ' + string(variables.replicas)" },
    ],
  };
  await withPolicy(writes, 'Validating', { name: 'odd', spec }, async () => {
    const tried = (replicas: number) => ask('POST', `${deployments}?dryRun=All`, deploymentOf('d', { replicas }));
    const by = `deployments.apps "d" is forbidden: ValidatingAdmissionPolicy 'odd' with binding 'odd' denied request:`;
    expect(await tried(3)).toMatchObject({ status: 201 });
    expect(await tried(2)).toMatchObject({ status: 422, body: { reason: 'Invalid', message: `${by} not odd: 2` } });
    expect(await tried(1)).toMatchObject({
      status: 422,
      body: { message: `${by} failed expression: variables.replicas > 1` },
    });
  });
  expect(await ask('POST', `${deployments}?dryRun=All`, deploymentOf('d', { replicas: 2 }))).toMatchObject({
    status: 201,
  });
});

test('conformance: ValidatingAdmissionPolicy — replicas', async () => {
  const spec = {
    matchConstraints: onDeployments,
    validations: [{ expression: 'object.spec.replicas <= 5', reason: 'Forbidden', message: 'five are enough' }],
  };
  await withPolicy(writes, 'Validating', { name: 'few', spec }, async () => {
    expect(await ask('POST', deployments, deploymentOf('few', { replicas: 5 }))).toMatchObject({ status: 201 });
    const message = `deployments.apps "few" is forbidden: ValidatingAdmissionPolicy 'few' with binding 'few' denied request: five are enough`;
    expect(await ask('PUT', `${deployments}/few`, deploymentOf('few', { replicas: 6 }))).toMatchObject({
      status: 403,
      body: { reason: 'Forbidden', message },
    });
    expect(await writes.patch(`${deployments}/few`, { spec: { replicas: 7 } })).toMatchObject({ status: 403 });
    expect(await ask('GET', `${deployments}/few`)).toMatchObject({ body: { spec: { replicas: 5 } } });
  });
});

/** What a policy with one rule about config maps with its label says to one that is created. */
async function saidTo(name: string, spec: object, object: object = labelled(name), binding: object = {}) {
  let answer: Awaited<ReturnType<typeof ask>> | undefined;
  const policy = { name, spec: { matchConstraints: mapsLabelled(name), ...spec }, binding };
  await withPolicy(writes, 'Validating', policy, async () => {
    answer = await ask('POST', dryRun, object);
  });
  const { status, body, warning } = answer!;
  return { status, message: body.message, reason: body.reason, warning };
}

describe('an expression', () => {
  const rightFor = labelled('right', { a: 'x', 'b-c': 'y', n: '1Gi' });
  const right = [
    'object.data.a == "x" && object.data["b-c"] == "y" && oldObject == null',
    'object.metadata.namespace == "default" && object.metadata.__namespace__ == "default"',
    'object.data.b__dash__c == "y" && has(object.data.b__dash__c) && !has(object.data.z)',
    'object.?data.?z.orValue("none") == "none" && object.data[?"a"].hasValue()',
    'quantity(object.data.n).isGreaterThan(quantity("500Mi"))',
    'request.operation == "CREATE" && request.kind.kind == "ConfigMap" && request.resource.resource == "configmaps"',
    'request.requestKind.version == "v1" && request.name == "right" && request.namespace == "default" && request.dryRun',
    'request.userInfo.username == "kubernetes-admin" && "system:masters" in request.userInfo.groups',
    'request.?subResource.orValue("") == "" && request.options.kind == "CreateOptions"',
    'namespaceObject.metadata.name == "default" && namespaceObject.status.phase == "Active"',
    'authorizer.group("").resource("pods").namespace("x").check("delete").allowed()',
    'authorizer.requestResource.check("create").allowed() && !authorizer.requestResource.check("get").errored()',
    'authorizer.path("/metrics").check("get").reason() == ""',
    '!authorizer.serviceAccount("default", "nobody").group("").resource("secrets").name("s").check("get").allowed()',
    '!authorizer.serviceAccount("default", "nobody").group("apps").resource("deployments").subresource("scale").fieldSelector("metadata.name=a").labelSelector("a=b").check("list").allowed()',
    'object.metadata.labels.all(name, value, name == "test" && value == "right")',
  ];

  test.each(right)('%s', async (expression) => {
    expect(await saidTo('right', { validations: [{ expression }] }, rightFor)).toMatchObject({ status: 201 });
  });

  test.each([
    ['object.data.size() == 2', 'failed expression: object.data.size() == 2'],
    ['object.spec.a == 1', "expression 'object.spec.a == 1' resulted in error: no such key: spec"],
    ['object.data.a > 5', "expression 'object.data.a > 5' resulted in error: no such overload"],
    ['authorizer.path(" ").check("get").allowed()', 'resulted in error: path must not be empty'],
  ])('%s is not right', async (expression, why) => {
    expect(await saidTo('right', { validations: [{ expression }] }, rightFor)).toMatchObject({
      status: 422,
      reason: 'Invalid',
      message: expect.stringContaining(why),
    });
  });
});

describe('a refusal', () => {
  const no = { expression: 'false' };

  test.each<[object, number, string, string]>([
    [{}, 422, 'Invalid', 'failed expression: false'],
    [{ message: ' no way ' }, 422, 'Invalid', 'no way'],
    [{ message: 'x', messageExpression: '"not " + object.metadata.name' }, 422, 'Invalid', 'not why'],
    [{ message: 'x', messageExpression: '"two\\nlines"' }, 422, 'Invalid', 'x'],
    [{ message: 'x', messageExpression: '" "' }, 422, 'Invalid', 'x'],
    [{ messageExpression: 'string(object.nothing)' }, 422, 'Invalid', 'failed expression: false'],
    [{ reason: 'Forbidden' }, 403, 'Forbidden', 'failed expression: false'],
    [{ reason: 'Unauthorized' }, 401, 'Unauthorized', 'failed expression: false'],
    [{ reason: 'RequestEntityTooLarge' }, 413, 'RequestEntityTooLarge', 'failed expression: false'],
  ])('with %j', async (more, status, reason, why) => {
    expect(await saidTo('why', { validations: [{ ...no, ...more }] })).toMatchObject({
      status,
      reason,
      message: refusal('why', 'why', why),
    });
  });

  test('is of the first validation that fails, and has all of the message in its cause', async () => {
    const validations = [{ expression: 'true' }, { ...no, message: 'first' }, { ...no, message: 'second' }];
    const spec = { matchConstraints: mapsLabelled('first'), validations };
    await withPolicy(writes, 'Validating', { name: 'first', spec }, async () => {
      const { body } = await ask('POST', dryRun, labelled('first'));
      const cause = "ValidatingAdmissionPolicy 'first' with binding 'first' denied request: first";
      expect(body).toMatchObject({ details: { name: 'first', kind: 'configmaps', causes: [{ message: cause }] } });
    });
  });

  test('may be a warning, or a note for the audit', async () => {
    const spec = { validations: [{ ...no, message: 'careful' }] };
    const text = "Validation failed for ValidatingAdmissionPolicy 'warned' with binding 'warned': careful";
    const warned = await saidTo('warned', spec, undefined, { validationActions: ['Warn', 'Audit'] });
    expect(warned).toMatchObject({ status: 201, warning: `299 - "${text}"` });
    const noted = await saidTo('warned', spec, undefined, { validationActions: ['Audit'] });
    expect(noted).toMatchObject({ status: 201, warning: '' });
  });
});

describe('what cannot be decided', () => {
  const broken = { validations: [{ expression: 'object.nothing.here == 1' }] };

  test('refuses, unless the policy says that it is to be ignored', async () => {
    expect(await saidTo('broken', broken)).toMatchObject({
      status: 422,
      message: expect.stringContaining('no such key'),
    });
    expect(await saidTo('broken', { ...broken, failurePolicy: 'Ignore' })).toMatchObject({ status: 201 });
  });

  test('a variable that fails says which', async () => {
    const spec = {
      variables: [{ name: 'a', expression: 'object.nothing' }],
      validations: [{ expression: 'true || variables.a == 1' }, { expression: 'variables.a == 1' }],
    };
    expect(await saidTo('lazy', spec)).toMatchObject({
      message: refusal(
        'lazy',
        'lazy',
        `expression 'variables.a == 1' resulted in error: composited variable "a" fails to evaluate: no such key: nothing`,
      ),
    });
  });

  test('too much work', async () => {
    const all = (inner: string) => `object.data.all(a, object.data.all(b, object.data.all(c, ${inner})))`;
    const data = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`k${i}`, 'v']));
    const spec = { validations: [{ expression: all('a + b + c != ""') }] };
    expect(await saidTo('bomb', spec, labelled('bomb', data))).toMatchObject({
      status: 422,
      message: expect.stringContaining('resulted in error: operation cancelled: actual cost limit exceeded'),
    });
    const many = {
      validations: Array.from({ length: 12 }, () => ({ expression: `${all('a + b + c != ""')} || true` })),
    };
    expect(await saidTo('bomb', { ...many, failurePolicy: 'Fail' }, labelled('bomb', data))).toMatchObject({
      status: 422,
      message: expect.stringContaining(
        'validation failed due to running out of cost budget, no further validation rules will be run',
      ),
    });
  });
});

describe('match conditions', () => {
  const validations = [{ expression: 'false', message: 'asked' }];
  const condition = (expression: string) => ({ name: 'c', expression });

  test.each<[string, object, number, string | undefined]>([
    ['one that does not hold', { matchConditions: [condition('request.operation == "UPDATE"')] }, 201, undefined],
    ['one that holds', { matchConditions: [condition('request.operation == "CREATE"')] }, 422, 'asked'],
    [
      'one that fails',
      { matchConditions: [condition('object.nothing == 1')] },
      422,
      "expression 'object.nothing == 1' resulted in error: no such key: nothing",
    ],
    [
      'one that fails, ignored',
      { matchConditions: [condition('object.nothing == 1')], failurePolicy: 'Ignore' },
      201,
      undefined,
    ],
    [
      'one that fails and one that does not hold',
      { matchConditions: [condition('object.nothing == 1'), { name: 'd', expression: 'false' }] },
      201,
      undefined,
    ],
  ])('%s', async (_, spec, status, why) => {
    const said = await saidTo('conditions', { validations, ...spec });
    expect(said.status).toBe(status);
    if (why) expect(said.message).toBe(refusal('conditions', 'conditions', why));
  });
});

describe('a binding', () => {
  const validations = [{ expression: 'false', message: 'asked' }];

  test.each<[string, object, number]>([
    ['for the namespace', { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } } }, 422],
    ['for another namespace', { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'x' } } }, 201],
    ['for other objects', { objectSelector: { matchLabels: { other: 'yes' } } }, 201],
    ['for other resources', { resourceRules: [ruleFor('secrets')] }, 201],
    ['for other names', { resourceRules: [{ ...ruleFor('configmaps'), resourceNames: ['b'] }] }, 201],
    ['for all but it', { excludeResourceRules: [ruleFor('configmaps')] }, 201],
    ['for no rule', { resourceRules: [] }, 422],
  ])('%s', async (_, matchResources, status) => {
    expect(await saidTo('bound', { validations }, undefined, { matchResources })).toMatchObject({ status });
  });

  test('makes the policy be in force, and a change of either is', async () => {
    const name = 'changed';
    const spec = { matchConstraints: mapsLabelled(name), validations };
    await withPolicy(writes, 'Validating', { name, spec }, async () => {
      expect(await ask('POST', dryRun, labelled(name))).toMatchObject({ status: 422 });
      await writes.patch(`${policiesPath('Validating')}/${name}`, { spec: { validations: [{ expression: 'true' }] } });
      await ask('GET', policiesPath('Validating'));
      expect(await ask('POST', dryRun, labelled(name))).toMatchObject({ status: 201 });
      await writes.patch(`${policiesPath('Validating')}/${name}`, { spec: { validations } });
      await ask('DELETE', `${bindingsPath('Validating')}/${name}`);
      await ask('GET', bindingsPath('Validating'));
      expect(await ask('POST', dryRun, labelled(name))).toMatchObject({ status: 201 });
    });
  });
});

describe('parameters', () => {
  const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' };
  const spec = {
    paramKind,
    validations: [
      {
        expression: 'params == null || int(object.data.n) <= int(params.data.max)',
        messageExpression: '"more than " + params.data.max',
      },
    ],
  };
  const tried = (n: string, paramRef: object | undefined, more: object = {}) =>
    saidTo('limited', { ...spec, ...more }, labelled('limited', { n }), paramRef ? { paramRef } : {});

  test('by name and by label, of any namespace', async () => {
    for (const [name, max] of [
      ['max-5', '5'],
      ['max-9', '9'],
    ] as const) {
      expect(await ask('POST', maps, mapOf(name, { max }, { labels: { limits: 'yes' } }))).toMatchObject({
        status: 201,
      });
    }
    const deny = { parameterNotFoundAction: 'Deny' };
    const by = (why: string) => ({ status: 422, message: refusal('limited', 'limited', why) });
    expect(await tried('6', { name: 'max-5', ...deny })).toMatchObject(by('more than 5'));
    expect(await tried('5', { name: 'max-5', ...deny })).toMatchObject({ status: 201 });
    expect(await tried('7', { selector: { matchLabels: { limits: 'yes' } }, ...deny })).toMatchObject(
      by('more than 5'),
    );
    expect(await tried('4', { selector: { matchLabels: { limits: 'yes' } }, ...deny })).toMatchObject({ status: 201 });
    expect(await tried('6', { name: 'max-5', namespace: 'kube-system', ...deny })).toMatchObject(
      by('failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction'),
    );
    expect(await tried('6', { name: 'none', parameterNotFoundAction: 'Allow' })).toMatchObject({ status: 201 });
    expect(await tried('6', undefined)).toMatchObject({ status: 201 });
    expect(await tried('6', { name: 'none', ...deny }, { failurePolicy: 'Ignore' })).toMatchObject({ status: 201 });
  });

  test('of a kind that is not there, or not in namespaces', async () => {
    const ref = { name: 'x', parameterNotFoundAction: 'Deny' };
    const unknown = { apiVersion: 'example.com/v1', kind: 'Limit' };
    expect(await tried('6', ref, { paramKind: unknown })).toMatchObject({
      message: `configmaps "limited" is forbidden: ValidatingAdmissionPolicy 'limited' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'example.com/v1, Kind=Limit'`,
    });
    const cluster = { apiVersion: 'v1', kind: 'Namespace' };
    expect(await tried('6', { ...ref, namespace: 'default' }, { paramKind: cluster })).toMatchObject({
      message: refusal(
        'limited',
        'limited',
        'failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped `paramKind`',
      ),
    });
    const named = { ...ref, name: 'default' };
    const validations = [{ expression: 'params.metadata.name == "default" && params.status.phase == "Active"' }];
    expect(await tried('6', named, { paramKind: cluster, validations })).toMatchObject({ status: 201 });
  });
});

test('a policy is asked about deletes and subresources', async () => {
  const spec = {
    matchConstraints: {
      resourceRules: [
        ruleFor('configmaps', ['DELETE']),
        ruleFor('deployments/status', ['*'], 'apps'),
        ruleFor('deployments/scale', ['*'], 'apps'),
        ruleFor('serviceaccounts/token', ['*']),
      ],
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } },
    },
    validations: [
      {
        expression: 'request.operation != "DELETE" || (object == null && !has(oldObject.metadata.labels))',
        message: 'kept',
      },
      { expression: 'request.?subResource.orValue("") != "status" || has(object.status)', message: 'no status' },
      { expression: 'request.?subResource.orValue("") != "scale" || object.spec.replicas < 4', message: 'scaled' },
      {
        expression: 'request.?subResource.orValue("") != "token"',
        messageExpression: '"no token: " + request.kind.kind + request.requestSubResource',
      },
    ],
  };
  await ask('POST', maps, labelled('kept'));
  await ask('POST', maps, mapOf('free', {}));
  await ask('POST', deployments, deploymentOf('scaled', { replicas: 1 }));
  await ask('POST', '/api/v1/namespaces/default/serviceaccounts', {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'sa' },
  });
  await withPolicy(writes, 'Validating', { name: 'others', spec }, async () => {
    expect(await ask('DELETE', `${maps}/kept`)).toMatchObject({
      status: 422,
      body: { message: refusal('kept', 'others', 'kept') },
    });
    expect(await ask('DELETE', `${maps}?labelSelector=test%3Dkept`)).toMatchObject({ status: 422 });
    expect(await ask('DELETE', `${maps}/free`)).toMatchObject({ status: 200 });
    expect(await writes.patch(`${deployments}/scaled/scale`, { spec: { replicas: 5 } })).toMatchObject({ status: 422 });
    expect(await writes.patch(`${deployments}/scaled/scale`, { spec: { replicas: 3 } })).toMatchObject({ status: 200 });
    expect(await writes.patch(`${deployments}/scaled`, { spec: { replicas: 9 } })).toMatchObject({ status: 200 });
    const token = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: [] } };
    expect(await ask('POST', '/api/v1/namespaces/default/serviceaccounts/sa/token', token)).toMatchObject({
      status: 422,
      body: { message: expect.stringContaining('denied request: no token: TokenRequesttoken') },
    });
  });
  expect(await ask('DELETE', `${maps}/kept`)).toMatchObject({ status: 200 });
});

test('a policy is asked about what is connected to', async () => {
  const spec = {
    matchConstraints: { resourceRules: [ruleFor('pods/exec', ['CONNECT'])] },
    validations: [
      {
        expression: 'request.operation != "CONNECT" || object.container != "web"',
        messageExpression: '"no " + request.kind.kind',
      },
    ],
  };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'open' },
    spec: { containers: [{ name: 'web', image: 'i:1' }] },
  };
  const pods = '/api/v1/namespaces/default/pods';
  expect(await ask('POST', pods, pod)).toMatchObject({ status: 201 });
  await withPolicy(writes, 'Validating', { name: 'closed', spec }, async () => {
    expect(await ask('POST', `${pods}/open/exec?command=sh&container=web&stdout=true`)).toMatchObject({
      status: 422,
      body: {
        message: `pods "open" is forbidden: ValidatingAdmissionPolicy 'closed' with binding 'closed' denied request: no PodExecOptions`,
      },
    });
  });
});

test('policies and bindings are never asked about themselves', async () => {
  const everything = { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'] };
  const spec = { matchConstraints: { resourceRules: [everything] }, validations: [{ expression: 'false' }] };
  await withPolicy(writes, 'Validating', { name: 'nothing-passes', spec }, async () => {
    expect(await ask('POST', maps, mapOf('new', {}))).toMatchObject({ status: 422 });
    const binding = bindingOf('Validating', 'another', { policyName: 'nothing-passes' });
    expect(await ask('POST', bindingsPath('Validating'), binding)).toMatchObject({ status: 201 });
    expect(await ask('DELETE', `${bindingsPath('Validating')}/another`)).toMatchObject({ status: 200 });
  });
  expect(await ask('POST', maps, mapOf('new', {}))).toMatchObject({ status: 201 });
});

test('a rule for one version is for the others, whose objects are converted', async () => {
  const hpas = (version: string) => `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`;
  const v1 = {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'a' },
    spec: {
      maxReplicas: 9,
      targetCPUUtilizationPercentage: 50,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' },
    },
  };
  const spec = (matchPolicy: string) => ({
    matchConstraints: {
      matchPolicy,
      resourceRules: [ruleFor('horizontalpodautoscalers', ['CREATE'], 'autoscaling', 'v2')],
    },
    validations: [
      {
        expression: 'object.spec.metrics[0].resource.target.averageUtilization > 50',
        messageExpression: '"seen as " + request.kind.version + ", sent as " + request.requestKind.version',
      },
    ],
  });
  await withPolicy(writes, 'Validating', { name: 'metrics', spec: spec('Equivalent') }, async () => {
    expect(await ask('POST', `${hpas('v1')}?dryRun=All`, v1)).toMatchObject({
      status: 422,
      body: { message: expect.stringContaining('denied request: seen as v2, sent as v1') },
    });
  });
  await withPolicy(writes, 'Validating', { name: 'metrics', spec: spec('Exact') }, async () => {
    expect(await ask('POST', `${hpas('v1')}?dryRun=All`, v1)).toMatchObject({ status: 201 });
  });
});
