/** Who may do what, on whole processes: roles and bindings, the reviews, and that nobody gives what they do not have. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clusterrolebindings } from '../api/kinds/clusterrolebindings.ts';
import { clusterroles } from '../api/kinds/clusterroles.ts';
import { namespaces } from '../api/kinds/namespaces.ts';
import { rolebindings } from '../api/kinds/rolebindings.ts';
import { roles } from '../api/kinds/roles.ts';
import type { ClusterRole, PolicyRule } from '../api/types.ts';
import type { RestClient } from '../client/rest.ts';
import { ApiServer } from './harness/apiserver.ts';
import { backends } from './harness/backends.ts';
import { type Running, startComponent } from './harness/component.ts';
import type { EtcdServer } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';
import { People } from './harness/people.ts';

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const group = 'rbac.authorization.k8s.io';

describe.each(backends(25_210))('on $name', ({ start }) => {
  let store: EtcdServer;
  let server: ApiServer;
  let controllers: Running;
  let admin: RestClient;
  const people = new People({
    ann: ['devs'],
    bob: ['devs'],
    viewer: [],
    editor: [],
    boss: [],
    granter: [],
    escalator: [],
    binder: [],
    nobody: [],
  });

  const ask = (who: string, path: string, options: Parameters<People['ask']>[3] = {}) =>
    people.ask(server, who, path, options);
  const post = async (who: string, path: string, body: object) => {
    const { status, text } = await ask(who, path, { method: 'POST', body });
    return { status, body: JSON.parse(text) };
  };
  const bind = (name: string, role: string, ...users: string[]) =>
    admin.of(rolebindings).create({
      metadata: { name, namespace: 'dev' },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: role },
      subjects: users.map((user) => ({ kind: 'User', name: user, apiGroup: group })),
    });
  const rule = (verbs: string[], ...resources: string[]): PolicyRule => ({ verbs, apiGroups: [''], resources });

  beforeAll(async () => {
    store = await start();
    server = await ApiServer.start(store.endpoint, 25_212, people.flags);
    admin = server.client();
    controllers = await startComponent('controllers', server, 25_213, ['--leader-elect=false']);
    await admin.of(namespaces).create({ metadata: { name: 'dev' } });
    await admin.of(namespaces).create({ metadata: { name: 'prod' } });
    await bind('viewers', 'view', 'viewer');
    await bind('editors', 'edit', 'editor');
    await bind('bosses', 'admin', 'boss');
    await eventually('roles are put together', async () => {
      const { rules = [] } = await admin.of(clusterroles).get('admin');
      return rules.some(({ resources }) => resources?.includes('rolebindings')) && rules.length > 20;
    });
  });

  afterAll(async () => {
    people.remove();
    admin?.close();
    await controllers?.stop();
    await server?.remove();
    await store?.remove();
  });

  test('a binding counts at once, and so does its end', async () => {
    const path = '/api/v1/namespaces/dev/configmaps';
    for (let round = 0; round < 20; round++) {
      expect((await ask('nobody', path)).status).toBe(403);
      await bind('brief', 'view', 'nobody');
      expect((await ask('nobody', path)).status).toBe(200);
      await admin.of(rolebindings).delete('brief', 'dev');
    }
    await bind('brief', 'view', 'nobody');
    await admin.request({
      method: 'DELETE',
      path: `${rbac}/namespaces/dev/rolebindings?fieldSelector=metadata.name=brief`,
    });
    expect((await ask('nobody', path)).status).toBe(403);
  });

  test.each<[string, string, string, number]>([
    ['viewer', 'GET', '/api/v1/namespaces/dev/pods', 200],
    ['viewer', 'GET', '/api/v1/namespaces/dev/pods?watch=1&timeoutSeconds=1', 200],
    ['viewer', 'GET', '/api/v1/namespaces/dev', 200],
    ['viewer', 'GET', '/api/v1/namespaces/prod', 403],
    ['viewer', 'GET', '/api/v1/namespaces', 403],
    ['viewer', 'GET', '/api/v1/namespaces/prod/pods', 403],
    ['viewer', 'GET', '/api/v1/pods', 403],
    ['viewer', 'GET', '/api/v1/namespaces/dev/secrets', 403],
    ['viewer', 'DELETE', '/api/v1/namespaces/dev/pods', 403],
    ['viewer', 'GET', '/api/v1/namespaces/dev/pods/x/exec', 403],
    ['editor', 'GET', '/api/v1/namespaces/dev/secrets', 200],
    ['editor', 'GET', '/api/v1/namespaces/prod/secrets', 403],
    ['editor', 'DELETE', '/api/v1/namespaces/dev/pods', 200],
    ['editor', 'GET', '/apis/rbac.authorization.k8s.io/v1/namespaces/dev/roles', 403],
    ['boss', 'GET', '/apis/rbac.authorization.k8s.io/v1/namespaces/dev/roles', 200],
    ['boss', 'GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles', 403],
    ['boss', 'DELETE', '/api/v1/namespaces/dev', 403],
    ['nobody', 'GET', '/apis', 200],
    ['nobody', 'GET', '/metrics', 403],
  ])('%s %s %s: %i', async (who, method, path, status) => {
    expect((await ask(who, path, { method })).status).toBe(status);
  });

  test('names, subresources and URLs', async () => {
    await admin.of(clusterroles).create({
      metadata: { name: 'narrow' },
      rules: [
        { ...rule(['get', 'list', 'watch', 'create', 'delete'], 'configmaps'), resourceNames: ['mine'] },
        rule(['get'], '*/status'),
        { verbs: ['get'], nonResourceURLs: ['/metrics', '/logs/*'] },
      ],
    });
    await admin.of(clusterrolebindings).create({
      metadata: { name: 'narrow' },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'narrow' },
      subjects: [{ kind: 'Group', name: 'devs', apiGroup: group }],
    });
    const answers = async (...requests: [string, string][]): Promise<number[]> =>
      Promise.all(requests.map(async ([method, path]) => (await ask('ann', path, { method })).status));
    const maps = '/api/v1/namespaces/dev/configmaps';
    expect(await answers(['GET', `${maps}/mine`], ['GET', `${maps}/yours`], ['GET', maps])).toEqual([404, 403, 403]);
    expect(
      await answers(
        ['GET', `${maps}?fieldSelector=metadata.name=mine`],
        ['GET', `${maps}?fieldSelector=metadata.name=yours`],
        ['GET', `${maps}?fieldSelector=metadata.name!=mine`],
        ['POST', maps],
        ['DELETE', `${maps}/mine`],
        ['DELETE', maps],
      ),
    ).toEqual([200, 403, 403, 403, 404, 403]);
    expect(
      await answers(
        ['GET', '/api/v1/nodes/x/status'],
        ['GET', '/api/v1/nodes/x'],
        ['GET', '/metrics'],
        ['GET', '/logs'],
      ),
    ).toEqual([404, 403, 200, 403]);
    await admin.of(clusterrolebindings).delete('narrow');
  });

  test('paths mean the same to authorization and to routing', async () => {
    await admin.of(roles).create({
      metadata: { name: 'pods', namespace: 'dev' },
      rules: [rule(['get', 'list'], 'pods')],
    });
    await admin.of(rolebindings).create({
      metadata: { name: 'pods', namespace: 'dev' },
      roleRef: { apiGroup: group, kind: 'Role', name: 'pods' },
      subjects: [{ kind: 'User', name: 'bob', apiGroup: group }],
    });
    const secret = '/api/v1/namespaces/kube-system/secrets';
    const paths: [string, number | 'not 200'][] = [
      ['/api/v1/namespaces/dev/pods', 200],
      ['/api/v1/namespaces/dev/pods/../../kube-system/secrets', 'not 200'],
      ['/api/v1/namespaces/dev/pods/%2e%2e/%2e%2e/kube-system/secrets', 'not 200'],
      ['/api/v1/namespaces/dev/pods%2f..%2f..%2fkube-system%2fsecrets', 'not 200'],
      ['/api/v1/namespaces/dev%2f..%2fkube-system/secrets', 'not 200'],
      ['/api/v1/namespaces/dev/pods/../secrets', 'not 200'],
      ['/api/v1//namespaces/kube-system/secrets', 'not 200'],
      ['//api/v1/namespaces/kube-system/secrets', 'not 200'],
      ['/api/v1/namespaces//kube-system/secrets', 'not 200'],
      ['/API/v1/namespaces/kube-system/secrets', 'not 200'],
      ['/api/V1/namespaces/kube-system/secrets', 'not 200'],
      ['/api/v1/Namespaces/kube-system/secrets', 'not 200'],
      ['/api/v1/namespaces/kube-system/Secrets', 'not 200'],
      ['/api/v1/namespaces/KUBE-SYSTEM/secrets', 'not 200'],
      ['/api/v1/namespaces/kube-system/secrets/', 403],
      [`${secret}#/healthz`, 'not 200'],
      [`${secret}?x=/healthz`, 403],
      ['/healthz/../api/v1/namespaces/kube-system/secrets', 'not 200'],
      ['/healthz/%2e%2e/api/v1/secrets', 'not 200'],
      ['/healthz/..%2fapi/v1/secrets', 'not 200'],
      ['/healthz%00/api/v1/secrets', 'not 200'],
      ['/api/v1/watch/namespaces/kube-system/secrets', 403],
      ['/api/v1/proxy/namespaces/kube-system/secrets', 403],
      ['/api/v1/%73ecrets', 403],
      ['/api/v1/namespaces/dev/pods/x%2flog', 'not 200'],
      ['/openapi/../metrics', 'not 200'],
      ['/openapi/%2e%2e/metrics', 'not 200'],
      ['/apis/../metrics', 'not 200'],
      ['/openapi//../metrics', 'not 200'],
      ['/metrics/', 403],
      ['/metrics%20', 403],
    ];
    for (const [path, expected] of paths) {
      const { status, text } = await ask('bob', path);
      if (expected === 'not 200') expect({ path, status }).not.toMatchObject({ status: 200 });
      else expect({ path, status }).toEqual({ path, status: expected });
      expect({ path, text }).not.toMatchObject({ text: expect.stringMatching(/SecretList|process_cpu/) });
    }
  });

  test('an apply and a PUT that make an object need the right to create it', async () => {
    const writer = rule(['get', 'update', 'patch'], 'configmaps', 'services');
    await admin.of(roles).create({ metadata: { name: 'changers', namespace: 'dev' }, rules: [writer] });
    await admin.of(rolebindings).create({
      metadata: { name: 'changers', namespace: 'dev' },
      roleRef: { apiGroup: group, kind: 'Role', name: 'changers' },
      subjects: [{ kind: 'User', name: 'bob', apiGroup: group }],
    });
    const apply = (who: string, name: string, query = '') =>
      ask(who, `/api/v1/namespaces/dev/configmaps/${name}?fieldManager=me${query}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/apply-patch+yaml' },
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: 'b' } },
      });
    const put = (who: string, query = '') =>
      ask(who, `/api/v1/namespaces/dev/services/made${query}`, {
        method: 'PUT',
        body: { metadata: { name: 'made' }, spec: { ports: [{ port: 80 }] } },
      });
    for (const answer of [await apply('bob', 'new'), await apply('bob', 'new', '&dryRun=All')]) {
      expect(answer.status, answer.text).toBe(403);
      expect(JSON.parse(answer.text).message).toBe(
        'configmaps "new" is forbidden: User "bob" cannot create resource "configmaps" in API group "" in the namespace "dev"',
      );
    }
    expect([(await put('bob')).status, (await put('bob', '?dryRun=All')).status]).toEqual([403, 403]);
    expect([(await apply('editor', 'new')).status, (await put('editor')).status]).toEqual([201, 201]);
    expect([(await apply('bob', 'new', '&force=true')).status, (await put('bob')).status]).toEqual([200, 200]);
  });

  test('nobody reads by a policy what they may not read', async () => {
    const registration = 'admissionregistration.k8s.io';
    await admin.of(clusterroles).create({
      metadata: { name: 'policy-writer' },
      rules: [
        {
          verbs: ['create', 'update', 'patch', 'get'],
          apiGroups: [registration],
          resources: ['Validating', 'Mutating'].flatMap((sort) => {
            const plural = `${sort.toLowerCase()}admissionpolic`;
            return [`${plural}ies`, `${plural}ybindings`];
          }),
        },
        rule(['get'], 'configmaps'),
      ],
    });
    await admin.of(clusterrolebindings).create({
      metadata: { name: 'policy-writer' },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'policy-writer' },
      subjects: [{ kind: 'User', name: 'ann', apiGroup: group }],
    });
    const path = `/apis/${registration}/v1/validatingadmissionpolicies`;
    const policy = (name: string, kind: string) => ({
      metadata: { name },
      spec: {
        paramKind: { apiVersion: 'v1', kind },
        matchConstraints: {
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['nodes'] }],
        },
        validations: [{ expression: 'false', messageExpression: 'string(params)' }],
      },
    });
    const binding = (name: string, policyName: string, paramRef: object) => ({
      metadata: { name },
      spec: { policyName, validationActions: ['Deny'], paramRef: { parameterNotFoundAction: 'Deny', ...paramRef } },
    });
    const bindings = path.replace('policies', 'policybindings');
    const refused = async (url: string, body: object, message: string) => {
      const answer = await post('ann', url, body);
      expect([answer.status, answer.body.message]).toEqual([422, expect.stringContaining(message)]);
    };
    await refused(
      path,
      policy('reads', 'Secret'),
      'spec.paramKind: Forbidden: user "ann" must have "get" permission on all objects of the referenced paramKind (kind=Secret, apiVersion=v1)',
    );
    expect((await post('ann', path, policy('reads', 'ConfigMap'))).status).toBe(201);
    const changed = await ask('ann', `${path}/reads`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { spec: { paramKind: { kind: 'Secret' } } },
    });
    expect(changed.status).toBe(422);
    await admin.request({ method: 'POST', path, body: policy('secret', 'Secret') });
    const named = { name: 'x', namespace: 'dev' };
    const no = (verb: string) =>
      `spec.paramRef: Forbidden: user "ann" does not have "${verb}" permission on the object referenced by paramRef`;
    await refused(bindings, binding('b', 'secret', named), no('get'));
    await refused(bindings, binding('b', 'missing', named), no('get'));
    await refused(bindings, binding('b', 'reads', { namespace: 'dev', selector: {} }), no('list'));
    expect((await post('ann', bindings, binding('b', 'reads', named))).status).toBe(201);
    await admin.of(clusterrolebindings).delete('policy-writer');
  });

  describe('nobody gives what they do not have', () => {
    beforeAll(async () => {
      await admin.of(clusterroles).create({
        metadata: { name: 'granter' },
        rules: [
          { verbs: ['*'], apiGroups: [group], resources: ['roles', 'rolebindings'] },
          rule(['get', 'list'], 'pods'),
          { ...rule(['get'], 'configmaps'), resourceNames: ['a'] },
        ].map((one) => ({
          ...one,
          verbs: one.verbs[0] === '*' ? ['create', 'get', 'update', 'patch', 'delete'] : one.verbs,
        })),
      });
      await bind('granters', 'granter', 'granter', 'escalator', 'binder');
      await admin.of(roles).create({
        metadata: { name: 'escalate', namespace: 'dev' },
        rules: [{ verbs: ['escalate'], apiGroups: [group], resources: ['roles'] }],
      });
      await admin.of(roles).create({
        metadata: { name: 'bind', namespace: 'dev' },
        rules: [{ verbs: ['bind'], apiGroups: [group], resources: ['clusterroles'], resourceNames: ['view'] }],
      });
      for (const [name, user] of Object.entries({ escalate: 'escalator', bind: 'binder' })) {
        await admin.of(rolebindings).create({
          metadata: { name, namespace: 'dev' },
          roleRef: { apiGroup: group, kind: 'Role', name },
          subjects: [{ kind: 'User', name: user, apiGroup: group }],
        });
      }
    });

    const inDev = `${rbac}/namespaces/dev`;
    const binding = (name: string, role: string, kind = 'ClusterRole') => ({
      metadata: { name },
      roleRef: { apiGroup: group, kind, name: role },
      subjects: [{ kind: 'User', name: 'nobody', apiGroup: group }],
    });

    test.each<[string, string, PolicyRule[], number, string?]>([
      ['granter', 'what they have', [rule(['get'], 'pods')], 201],
      ['granter', 'one object that they have', [{ ...rule(['get'], 'configmaps'), resourceNames: ['a'] }], 201],
      [
        'granter',
        'more verbs',
        [rule(['get', 'delete', 'list'], 'pods'), rule(['get'], 'secrets')],
        403,
        '{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}\n{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
      ],
      [
        'granter',
        'all objects instead of one',
        [rule(['get'], 'configmaps')],
        403,
        '{APIGroups:[""], Resources:["configmaps"], Verbs:["get"]}',
      ],
      [
        'granter',
        'another object',
        [{ ...rule(['get'], 'configmaps'), resourceNames: ['b'] }],
        403,
        '{APIGroups:[""], Resources:["configmaps"], ResourceNames:["b"], Verbs:["get"]}',
      ],
      ['granter', 'everything', [rule(['*'], '*')], 403, '{APIGroups:[""], Resources:["*"], Verbs:["*"]}'],
      [
        'granter',
        'a subresource',
        [rule(['get'], 'pods/log')],
        403,
        '{APIGroups:[""], Resources:["pods/log"], Verbs:["get"]}',
      ],
      ['escalator', 'what they lack, as they may', [rule(['*'], '*')], 201],
    ])('%s writes a role with %s', async (who, what, rules, status, missing) => {
      const name = `written-${what.replaceAll(/\W+/g, '-')}`;
      const answer = await post(who, `${inDev}/roles`, { metadata: { name }, rules });
      expect(answer.status, JSON.stringify(answer.body)).toBe(status);
      if (!missing) return;
      expect(answer.body).toMatchObject({ reason: 'Forbidden', details: { name, group, kind: 'roles' } });
      expect(answer.body.message).toBe(
        `roles.rbac.authorization.k8s.io "${name}" is forbidden: user "${who}" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n${missing}`,
      );
      const put = await ask(who, `${inDev}/roles/written-what-they-have`, {
        method: 'PUT',
        body: { metadata: { name: 'written-what-they-have' }, rules },
      });
      expect(put.status).toBe(403);
      const patch = await ask(who, `${inDev}/roles/written-what-they-have`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/merge-patch+json' },
        body: { rules },
      });
      expect(patch.status).toBe(403);
      const apply = await ask(who, `${inDev}/roles/written-what-they-have?fieldManager=me&force=true`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/apply-patch+yaml' },
        body: { apiVersion: `${group}/v1`, kind: 'Role', metadata: { name: 'written-what-they-have' }, rules },
      });
      expect(apply.status).toBe(403);
    });

    test.each<[string, string, string, number, string?]>([
      ['granter', 'ClusterRole', 'granter', 201],
      ['granter', 'ClusterRole', 'view', 403, 'is attempting to grant RBAC permissions not currently held'],
      ['granter', 'ClusterRole', 'cluster-admin', 403, '{NonResourceURLs:["*"], Verbs:["*"]}'],
      ['granter', 'ClusterRole', 'none', 404, 'clusterrole.rbac.authorization.k8s.io "none" not found'],
      ['granter', 'Role', 'none', 404, 'role.rbac.authorization.k8s.io "none" not found'],
      ['binder', 'ClusterRole', 'view', 201],
      ['binder', 'ClusterRole', 'edit', 403, 'not currently held'],
      ['escalator', 'ClusterRole', 'edit', 403, 'not currently held'],
    ])('%s binds the %s %s: %i', async (who, kind, role, status, message = '') => {
      const answer = await post(
        who,
        `${inDev}/rolebindings`,
        binding(`${who}-${kind.toLowerCase()}-${role}`, role, kind),
      );
      expect(answer.status, JSON.stringify(answer.body)).toBe(status);
      if (message) expect(answer.body.message).toContain(message);
    });

    test('who has a role by a binding of the group may bind it elsewhere only if they have it there', async () => {
      expect((await post('granter', `${rbac}/namespaces/prod/rolebindings`, binding('x', 'granter'))).status).toBe(403);
      expect((await post('granter', `${rbac}/clusterrolebindings`, binding('x', 'granter'))).status).toBe(403);
    });

    test('what a garbage collector changes needs no rights of the role', async () => {
      const stored = await admin
        .of(rolebindings)
        .create({ ...binding('kept', 'edit'), metadata: { name: 'kept', namespace: 'dev' } });
      const change = (metadata: object) =>
        ask('granter', `${inDev}/rolebindings/kept`, {
          method: 'PATCH',
          headers: { 'content-type': 'application/merge-patch+json' },
          body: { metadata },
        });
      expect((await change({ finalizers: ['example.com/hold'] })).status).toBe(200);
      expect((await change({ finalizers: null })).status).toBe(200);
      expect((await change({ labels: { a: 'b' } })).status).toBe(403);
      expect(stored.metadata.name).toBe('kept');
    });

    test('an aggregation rule is for administrators', async () => {
      await admin.of(clusterroles).create({
        metadata: { name: 'role-writer' },
        rules: [{ verbs: ['create', 'update'], apiGroups: [group], resources: ['clusterroles'] }],
      });
      await admin.of(clusterrolebindings).create({ ...binding('role-writer', 'role-writer') });
      const aggregate = (name: string): Partial<ClusterRole> => ({
        metadata: { name },
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { any: 'thing' } }] },
      });
      const answer = await post('nobody', `${rbac}/clusterroles`, aggregate('gathers'));
      expect(answer).toMatchObject({
        status: 403,
        body: {
          message:
            'clusterroles.rbac.authorization.k8s.io "gathers" is forbidden: must have cluster-admin privileges to use an aggregationRule',
        },
      });
      await admin.of(clusterrolebindings).delete('role-writer');
    });
  });
});
