/** The reviews of `authorization.k8s.io`: what they answer is what happens. */
import { AuthorizationV1Api as AuthorizationApi, KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clusterrolebindings } from '../api/kinds/clusterrolebindings.ts';
import { clusterroles } from '../api/kinds/clusterroles.ts';
import { namespaces } from '../api/kinds/namespaces.ts';
import { rolebindings } from '../api/kinds/rolebindings.ts';
import { roles } from '../api/kinds/roles.ts';
import { serviceaccounts } from '../api/kinds/serviceaccounts.ts';
import type { AccessReviewSpec, AccessReviewStatus, KubeObject } from '../api/types.ts';
import type { RestClient } from '../client/rest.ts';
import { ApiServer } from './harness/apiserver.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { People } from './harness/people.ts';

const group = 'rbac.authorization.k8s.io';
const api = '/apis/authorization.k8s.io/v1';
const people = new People({ ann: ['devs', 'readers'], bob: [], broken: [] });
const account = 'system:serviceaccount:dev:robot';

let store: EtcdServer;
let server: ApiServer;
let admin: RestClient;

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 25_220, people.flags);
  admin = server.client();
  for (const name of ['dev', 'prod']) await admin.of(namespaces).create({ metadata: { name } });
  await admin.of(serviceaccounts).create({ metadata: { name: 'robot', namespace: 'dev' } });
  await admin.of(roles).create({
    metadata: { name: 'pods', namespace: 'dev' },
    rules: [
      { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', 'pods/log'] },
      { verbs: ['get'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['one'] },
    ],
  });
  await admin.of(rolebindings).create({
    metadata: { name: 'pods', namespace: 'dev' },
    roleRef: { apiGroup: group, kind: 'Role', name: 'pods' },
    subjects: [
      { kind: 'Group', name: 'devs', apiGroup: group },
      { kind: 'ServiceAccount', name: 'robot' },
    ],
  });
  await admin.of(clusterroles).create({
    metadata: { name: 'urls' },
    rules: [{ verbs: ['get'], nonResourceURLs: ['/metrics', '/logs/*'] }],
  });
  for (const [name, user] of [
    ['urls', 'ann'],
    ['missing', 'broken'],
  ] as const) {
    await admin.of(clusterrolebindings).create({
      metadata: { name },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name },
      subjects: [{ kind: 'User', name: user, apiGroup: group }],
    });
  }
  await admin.of(clusterroles).create({
    metadata: { name: 'reviewer' },
    rules: [{ verbs: ['create'], apiGroups: ['authorization.k8s.io'], resources: ['localsubjectaccessreviews'] }],
  });
  await admin.of(rolebindings).create({
    metadata: { name: 'reviewer', namespace: 'dev' },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'reviewer' },
    subjects: [{ kind: 'User', name: 'bob', apiGroup: group }],
  });
});

afterAll(async () => {
  people.remove();
  admin?.close();
  await server?.remove();
  await store?.remove();
});

type Answer = KubeObject & { status: AccessReviewStatus; message?: string; code?: number };

async function review(who: string | undefined, path: string, body: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  const options = { method: 'POST', headers };
  const { text } = who
    ? await people.ask(server, who, `${api}/${path}`, { ...options, body })
    : await server.raw(`${api}/${path}`, { ...options, body: JSON.stringify(body) });
  return JSON.parse(text) as Answer;
}

const about = (spec: AccessReviewSpec): Promise<Answer> => review(undefined, 'subjectaccessreviews', { spec });
const pods = { verb: 'get', resource: 'pods', namespace: 'dev' };

describe('a SubjectAccessReview', () => {
  const byRole = 'RBAC: allowed by RoleBinding "pods/dev" of Role "pods" to';
  test.each<[string, AccessReviewSpec, Partial<AccessReviewStatus>]>([
    ['of a group', { groups: ['devs'], resourceAttributes: pods }, { allowed: true, reason: `${byRole} Group "devs"` }],
    [
      'of a service account',
      { user: account, resourceAttributes: pods },
      { allowed: true, reason: `${byRole} ServiceAccount "robot/dev"` },
    ],
    [
      'of its twin in another namespace',
      { user: 'system:serviceaccount:prod:robot', resourceAttributes: pods },
      { allowed: false },
    ],
    ['without the group', { user: 'ann', resourceAttributes: pods }, { allowed: false }],
    ['elsewhere', { groups: ['devs'], resourceAttributes: { ...pods, namespace: 'prod' } }, { allowed: false }],
    ['everywhere', { groups: ['devs'], resourceAttributes: { ...pods, namespace: '' } }, { allowed: false }],
    ['another verb', { groups: ['devs'], resourceAttributes: { ...pods, verb: 'delete' } }, { allowed: false }],
    ['another group', { groups: ['devs'], resourceAttributes: { ...pods, group: 'apps' } }, { allowed: false }],
    ['a subresource', { groups: ['devs'], resourceAttributes: { ...pods, subresource: 'log' } }, { allowed: true }],
    ['another one', { groups: ['devs'], resourceAttributes: { ...pods, subresource: 'exec' } }, { allowed: false }],
    [
      'an object',
      { groups: ['devs'], resourceAttributes: { ...pods, resource: 'configmaps', name: 'one' } },
      { allowed: true },
    ],
    [
      'another object',
      { groups: ['devs'], resourceAttributes: { ...pods, resource: 'configmaps', name: 'two' } },
      { allowed: false },
    ],
    ['a URL', { user: 'ann', nonResourceAttributes: { verb: 'get', path: '/metrics' } }, { allowed: true }],
    ['another URL', { user: 'ann', nonResourceAttributes: { verb: 'get', path: '/metrics/x' } }, { allowed: false }],
    ['an administrator', { groups: ['system:masters'], resourceAttributes: pods }, { allowed: true }],
    [
      'a role that is missing',
      { user: 'broken', resourceAttributes: pods },
      { allowed: false, reason: 'RBAC: clusterrole.rbac.authorization.k8s.io "missing" not found' },
    ],
    [
      'selectors',
      {
        groups: ['devs'],
        resourceAttributes: {
          ...pods,
          verb: 'list',
          fieldSelector: { rawSelector: 'spec.nodeName=n1' },
          labelSelector: { requirements: [{ key: 'app', operator: 'In', values: ['a', 'b'] }] },
        },
      },
      { allowed: true },
    ],
    [
      'selectors that cannot be read',
      {
        groups: ['devs'],
        resourceAttributes: {
          ...pods,
          fieldSelector: { rawSelector: 'a&b' },
          labelSelector: {
            requirements: [
              { key: 'app', operator: 'Exists' },
              { key: 'x', operator: 'Like', values: ['y'] },
            ],
          },
        },
      },
      {
        allowed: true,
        evaluationError:
          'spec.resourceAttributes.fieldSelector ignored due to parse error; spec.resourceAttributes.labelSelector partially ignored due to parse error',
      },
    ],
  ])('%s', async (_, spec, status) => {
    const answer = await about(spec);
    expect(answer).toMatchObject({ kind: 'SubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', spec, status });
    if (!status.allowed) expect(answer.status.reason).toBe(status.reason);
  });

  test('of a node says what the node authorizer says', async () => {
    const node = { user: 'system:node:n1', groups: ['system:nodes'] };
    const secret = { verb: 'get', resource: 'secrets', namespace: 'dev', name: 's' };
    const { status } = await about({ ...node, resourceAttributes: secret });
    expect(status).toMatchObject({
      allowed: false,
      reason: "no relationship found between node 'n1' and this object",
    });
  });

  test.each<[string, string, object, string]>([
    [
      'nothing asked',
      'subjectaccessreviews',
      { spec: { user: 'a' } },
      'spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified',
    ],
    [
      'two questions',
      'subjectaccessreviews',
      { spec: { user: 'a', resourceAttributes: pods, nonResourceAttributes: { path: '/' } } },
      'spec.nonResourceAttributes: Invalid value: {"path":"/"}: cannot be specified in combination with resourceAttributes',
    ],
    [
      'nobody',
      'subjectaccessreviews',
      { spec: { resourceAttributes: pods } },
      'spec.user: Invalid value: "": at least one of user or group must be specified',
    ],
    [
      'a name',
      'subjectaccessreviews',
      { metadata: { name: 'x' }, spec: { user: 'a', resourceAttributes: pods } },
      'metadata: Invalid value: {"name":"x"}: must be empty',
    ],
    [
      'an empty selector',
      'selfsubjectaccessreviews',
      { spec: { resourceAttributes: { ...pods, labelSelector: {} } } },
      'spec.resourceAttributes.labelSelector.requirements: Required value: when spec.resourceAttributes.labelSelector is specified, requirements or rawSelector is required',
    ],
    [
      'a namespace of its own',
      'namespaces/prod/localsubjectaccessreviews',
      { spec: { user: 'a', resourceAttributes: pods } },
      'spec.resourceAttributes.namespace: Invalid value: "dev": must match metadata.namespace',
    ],
    [
      'a URL in a namespace',
      'namespaces/dev/localsubjectaccessreviews',
      { spec: { user: 'a', nonResourceAttributes: { path: '/' } } },
      'spec.nonResourceAttributes: Invalid value: {"path":"/"}: disallowed on this kind of request',
    ],
    [
      'another namespace than the path',
      'namespaces/dev/localsubjectaccessreviews',
      { metadata: { namespace: 'prod' }, spec: { user: 'a', resourceAttributes: pods } },
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    ['no namespace', 'selfsubjectrulesreviews', { spec: {} }, 'no namespace on request'],
  ])('%s is refused', async (_, path, body, message) => {
    const answer = await review(undefined, path, body);
    expect([400, 422]).toContain(answer.code);
    expect(answer.message).toContain(message);
  });
});

test('everybody may ask about themselves, and only whoever may review about others', async () => {
  const self = await review('ann', 'selfsubjectaccessreviews', { spec: { resourceAttributes: pods } });
  expect(self.status).toMatchObject({ allowed: true });
  const other = { spec: { user: 'ann', groups: ['devs'], resourceAttributes: pods } };
  expect(await review('ann', 'subjectaccessreviews', other)).toMatchObject({ code: 403 });
  expect(await review('bob', 'subjectaccessreviews', other)).toMatchObject({ code: 403 });
  const local = 'localsubjectaccessreviews';
  expect(await review('bob', `namespaces/dev/${local}`, other)).toMatchObject({ status: { allowed: true } });
  const inProd = { spec: { ...other.spec, resourceAttributes: { ...pods, namespace: 'prod' } } };
  expect(await review('bob', `namespaces/prod/${local}`, inProd)).toMatchObject({ code: 403 });
});

test('a SelfSubjectRulesReview lists what one may do, and what went wrong with finding out', async () => {
  const of = async (who: string, namespace: string) =>
    (await review(who, 'selfsubjectrulesreviews', { spec: { namespace } })).status as unknown as {
      resourceRules: { verbs: string[]; resources: string[]; resourceNames?: string[] }[];
      nonResourceRules: { nonResourceURLs: string[] }[];
      incomplete: boolean;
      evaluationError?: string;
    };
  const inDev = await of('ann', 'dev');
  expect(inDev.resourceRules).toContainEqual({
    verbs: ['get', 'list'],
    apiGroups: [''],
    resources: ['pods', 'pods/log'],
  });
  expect(inDev.resourceRules).toContainEqual(expect.objectContaining({ resourceNames: ['one'] }));
  expect(inDev.nonResourceRules.flatMap(({ nonResourceURLs }) => nonResourceURLs)).toContain('/logs/*');
  expect(inDev).toMatchObject({ incomplete: false });
  expect((await of('ann', 'prod')).resourceRules.flatMap(({ resources }) => resources)).not.toContain('pods');
  expect((await of('broken', 'dev')).evaluationError).toBe('clusterrole.rbac.authorization.k8s.io "missing" not found');
});

test('the reviews are in discovery, and can only be created', async () => {
  const { text } = await server.raw(api);
  const { resources } = JSON.parse(text) as { resources: { name: string; verbs: string[]; namespaced: boolean }[] };
  expect(resources.map(({ name, verbs, namespaced }) => [name, verbs, namespaced])).toEqual([
    ['localsubjectaccessreviews', ['create'], true],
    ['selfsubjectaccessreviews', ['create'], false],
    ['selfsubjectrulesreviews', ['create'], false],
    ['subjectaccessreviews', ['create'], false],
  ]);
  expect((await server.raw(`${api}/subjectaccessreviews`)).status).toBe(405);
});

test('conformance: SubjectReview, API Operations', async () => {
  const config = new KubeConfig();
  config.loadFromFile(server.paths.kubeconfig);
  const reviews = config.makeApiClient(AuthorizationApi);
  const actual = async (verb: string, resource: string): Promise<boolean> => {
    const path = `/api/v1/namespaces/dev/${resource}${verb === 'get' ? '/x' : ''}`;
    const method = verb === 'create' ? 'POST' : verb === 'deletecollection' ? 'DELETE' : 'GET';
    const headers = {
      'impersonate-user': account,
      'impersonate-group': 'system:authenticated',
      'content-type': 'application/json',
    };
    const body = method === 'POST' ? '{"metadata":{"name":""}}' : undefined;
    return (await server.raw(path, { method, headers, ...(body && { body }) })).status !== 403;
  };
  for (const resource of ['pods', 'configmaps', 'secrets']) {
    for (const verb of ['get', 'list', 'create', 'deletecollection']) {
      const name = verb === 'get' ? { name: 'x' } : {};
      const resourceAttributes = { verb, resource, namespace: 'dev', ...name };
      const spec = { user: account, groups: ['system:authenticated'], resourceAttributes };
      const one = await reviews.createSubjectAccessReview({ body: { spec } });
      const local = await reviews.createNamespacedLocalSubjectAccessReview({ namespace: 'dev', body: { spec } });
      expect([verb, resource, one.status?.allowed, local.status?.allowed]).toEqual([
        verb,
        resource,
        await actual(verb, resource),
        await actual(verb, resource),
      ]);
    }
  }
  const self = await reviews.createSelfSubjectAccessReview({ body: { spec: { resourceAttributes: pods } } });
  expect(self.status?.allowed).toBe(true);
});
