/** minikctl's commands about who may do what: they say what kubectl says, do what they say, and explain a refusal. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { certificatesigningrequests } from '../api/kinds/certificatesigningrequests.ts';
import { rolebindings } from '../api/kinds/rolebindings.ts';
import { roles } from '../api/kinds/roles.ts';
import { ApiServer } from './harness/apiserver.ts';
import { type Running, startComponent } from './harness/component.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';
import { exampleOf } from './harness/example-objects.ts';
import { kubectlMissing } from './harness/kubectl.ts';
import type { Result } from './harness/run.ts';
import { SideBySide, type Tool } from './harness/side-by-side.ts';

const port = 25_910;

let store: EtcdServer;
let server: ApiServer;
let controllers: Running;
let folder: string;
let tools: SideBySide;

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, port);
  controllers = await startComponent('controllers', server, port + 1, [
    '--leader-elect=false',
    `--root-ca-file=${server.pki('ca.crt')}`,
  ]);
  folder = mkdtempSync(join(tmpdir(), 'minik-side-by-side-'));
  tools = new SideBySide(folder, { KUBECONFIG: server.paths.kubeconfig, PKI: server.paths.pki });
  for (const tool of ['kubectl', 'minikctl'] as const) writeFiles(tool);
  expect(await minikctl('create ns dev')).toMatchObject({ stdout: 'namespace/dev created\n' });
});

afterAll(async () => {
  await controllers?.stop();
  await server?.remove();
  await store?.remove();
  if (folder) rmSync(folder, { recursive: true });
});

const minikctl = (line: string, env?: NodeJS.ProcessEnv): Promise<Result> => tools.say('minikctl', line, env);

const manifests = (namespace: string, verbs: string, user: string): string => `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reader, namespace: ${namespace} }
rules: [{ apiGroups: [''], resources: [pods], verbs: [${verbs}] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: reads, namespace: ${namespace} }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader }
subjects: [{ kind: User, apiGroup: rbac.authorization.k8s.io, name: ${user} }]
---
apiVersion: v1
kind: ConfigMap
metadata: { name: left-alone }
`;

const request = (name: string): string =>
  JSON.stringify({
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name },
    ...exampleOf(certificatesigningrequests as never).content,
  });

/** Into the folder in which the program's lines run. */
function writeFiles(tool: Tool): void {
  const at = (name: string, text: string): void => writeFileSync(join(tools.home(tool), name), text);
  at('one.yaml', manifests(tool, 'get', 'ann'));
  at('more.yaml', manifests(tool, 'get, list', 'bob'));
  at(
    'other-role.yaml',
    manifests(tool, 'get', 'ann').replace('kind: Role, name: reader', 'kind: ClusterRole, name: view'),
  );
  at('a.json', request(`${tool}-a`));
  at('b.json', request(`${tool}-b`));
  at('text', 'hi\n');
  at('bytes', '\xff');
  at('variables', 'a=1\n# nothing\n\n  B=2=3\nHOME\n');
  at('bad-variables', 'a b=1\n');
  mkdirSync(join(tools.home(tool), 'folder'));
  at('folder/x', '1');
}

describe.skipIf(kubectlMissing)('says what kubectl says', () => {
  const both = async (...lines: string[]): Promise<void> => {
    for (const line of lines) await tools.same(line);
  };

  test('to flags about the cluster and the user', () =>
    both(
      '--as-group x get ns',
      '--as-uid x get ns',
      '--context nope get ns',
      '--cluster nope get ns',
      '--user nope get ns',
      '--certificate-authority /none get ns',
      '--insecure-skip-tls-verify=true get ns -o name',
      '--context kubernetes-admin@minik --cluster minik --user kubernetes-admin get ns -o name',
      '--kubeconfig /none get ns',
      `--kubeconfig "" --server https://127.0.0.1:${port} --certificate-authority $PKI/ca.crt --token nonsense get ns -o name`,
      'get ns --nope',
      'get ns -n',
      'auth nope',
      'create role r --verb=get --resource=pods --save-config=perhaps',
    ));

  test('auth whoami', () =>
    both(
      'auth whoami',
      'auth whoami --as bob --as-group g --as-group "h, i" --as-uid 7',
      'auth whoami --as system:serviceaccount:dev:default',
      "auth whoami -o jsonpath='{.status.userInfo.username}'",
      'auth whoami -o name',
    ));

  test('auth can-i', () =>
    both(
      'auth can-i get pods',
      'auth can-i get pods --as bob',
      'auth can-i get pods/web --subresource=log -A --as bob -q',
      "auth can-i '*' '*'",
      'auth can-i list deploy --as system:kube-scheduler -n dev',
      'auth can-i get nodes',
      'auth can-i get nosuch.group',
      'auth can-i fly pods',
      'auth can-i get /version --as bob',
      'auth can-i fly /version',
      'auth can-i get /x --subresource=a',
      'auth can-i get',
      'auth can-i get pods --no-headers',
      'auth can-i --list -q',
      'auth can-i --list x',
      'auth can-i --list',
      'auth can-i --list --no-headers --as system:kube-scheduler',
    ));

  test('auth reconcile', () =>
    both(
      'auth reconcile -f one.yaml --dry-run=client',
      'auth reconcile -f one.yaml',
      'auth reconcile -f one.yaml',
      'auth reconcile -f more.yaml',
      'auth reconcile -f one.yaml',
      'auth reconcile -f one.yaml --remove-extra-subjects --remove-extra-permissions',
      'auth reconcile -f other-role.yaml --dry-run=client',
      'auth reconcile -f other-role.yaml',
      'auth reconcile',
      'auth reconcile -f one.yaml x',
      'auth reconcile -f one.yaml --dry-run=server',
    ));

  test('create role, clusterrole', () =>
    both(
      'create role r --verb=get --resource=pods,deploy,pods/log --resource-name=x -o yaml --dry-run=client',
      'create role r --verb=get,list --verb=get --resource=pods -n dev -o yaml --dry-run=client',
      'create role r --verb=get --resource=pods --dry-run=server',
      "create role r --verb='*',get --resource='*',pods --dry-run=client -o yaml",
      'create role r --verb=get --resource=nosuch',
      'create role r --verb=get --resource=pods.nosuch',
      'create role r --verb=fly --resource=pods -o name --dry-run=client',
      'create role r --verb=impersonate --resource=users,groups -o yaml --dry-run=client',
      'create role r --verb=impersonate --resource=pods',
      'create role r --verb=get',
      'create role r --resource=pods',
      'create role',
      'create role a b',
      'create clusterrole r --verb=get --non-resource-url=/x,/y/* --resource=nodes -o yaml --dry-run=client',
      'create clusterrole r --verb=list --non-resource-url=/x',
      'create clusterrole r --verb=get --non-resource-url=x',
      'create clusterrole r --verb=get --non-resource-url=/x*y',
      'create clusterrole r --verb=get',
      'create clusterrole r --aggregation-rule=a=b,c=d -o yaml --dry-run=client',
      'create clusterrole r --aggregation-rule=a=b --verb=get',
      'create clusterrole r --aggregation-rule=a',
    ));

  test('create rolebinding, clusterrolebinding', () =>
    both(
      'create rolebinding b --role=x --user=a --user=b,c --group=g --serviceaccount=ns:n -o yaml --dry-run=client',
      'create rolebinding b --clusterrole=x -n dev -o yaml --dry-run=client',
      'create rolebinding b --role=x --clusterrole=y',
      'create rolebinding b',
      'create rolebinding b --serviceaccount=n --role=x',
      'create clusterrolebinding b --clusterrole=x --user=a --group=g -o yaml --dry-run=client',
      'create clusterrolebinding b --clusterrole=view --user=a --dry-run=server',
      'create clusterrolebinding b',
    ));

  test('create namespace, serviceaccount, quota', () =>
    both(
      'create ns x --dry-run=client -o yaml',
      'create namespace x --dry-run=server -o name',
      'create namespace x --dry-run=perhaps',
      'create namespace',
      'create namespace Not_A_Name',
      'create namespace default',
      'create sa robot --dry-run=client -o yaml',
      'create serviceaccount robot-$TOOL -n dev',
      'create sa robot-$TOOL -n nosuch',
      'create role r --verb=get --resource=pods -n nosuch',
      'create rolebinding r --role=a -n nosuch',
      'create quota r --hard=pods=1 -n nosuch',
      'create clusterrole view --verb=get --resource=pods',
      'create clusterrolebinding cluster-admin --clusterrole=view',
      'create quota q --hard=cpu=1000m,pods=2 --scopes=BestEffort -o yaml --dry-run=client',
      'create resourcequota q --dry-run=client -o yaml',
      'create quota q --hard=cpu',
      'create quota q --hard=cpu=x',
      'create nosuch',
      'create',
    ));

  test('create token', () =>
    both(
      'create token nosuch',
      'create token default --duration=10ms',
      'create token default --duration=10',
      'create token default --duration=-10s',
      "create token default --audience=''",
      'create token default --bound-object-kind=Foo',
      'create token default --bound-object-kind=Pod',
      'create token default --bound-object-name=x',
      'create token default --bound-object-uid=x',
      "create token default --duration=20m --audience=a --audience=b,c -o jsonpath='{.spec}'",
    ));

  test('create configmap, secret, deployment', () =>
    both(
      'create cm c --from-literal=a=b --from-file=text,bytes --from-file=k=text --from-file=folder -o yaml --dry-run=client',
      'create configmap c --from-env-file=variables --dry-run=server -o name',
      'create configmap c --from-env-file=bad-variables',
      'create cm c --from-env-file=variables --from-literal=a=b',
      'create cm c --from-literal=a=b --from-literal=a=c',
      'create cm c --from-literal=a/b=c',
      'create cm c --from-literal=a',
      'create cm c --from-file=nope',
      'create cm c --from-file=a=b=c',
      'create secret generic s --from-literal=a=b --type=example.com/mine -o yaml --dry-run=client',
      'create secret generic s --from-literal=a=b --from-literal=a=c',
      'create secret tls t --cert=$PKI/admin.crt --key=$PKI/admin.key --dry-run=server',
      'create secret tls t --cert=$PKI/admin.crt --key=$PKI/sa.key',
      'create secret tls t --cert=text --key=nope',
      'create secret tls t',
      'create secret docker-registry r --docker-username=u --docker-password=p --docker-server=s -o yaml --dry-run=client',
      'create secret docker-registry r',
      'create deployment d --image=a/b:1,c@sha256:0 -r 2 --port=80 -o yaml --dry-run=client',
      'create deploy d --image=b -o yaml --dry-run=client -- sleep -1',
      'create deployment d --image=b --replicas=-2',
      'create deployment d',
    ));

  test('certificate approve, deny', () =>
    both(
      'create -f a.json -f b.json',
      'certificate approve $TOOL-a',
      'certificate approve $TOOL-a -o name',
      'certificate deny $TOOL-b',
      'certificate deny $TOOL-a',
      'get csr $TOOL-a $TOOL-b -o custom-columns=C:.status.conditions[*].type',
      'certificate approve',
      'certificate approve nosuch',
    ));
});

test('roles, bindings and accounts are what the flags say', async () => {
  for (const line of [
    'create role deployer --verb=get,patch --resource=deploy,deployments.apps/scale --resource-name=web -n dev --save-config',
    'create rolebinding ci-deploys --role=deployer --serviceaccount=dev:ci --group=ops -n dev',
  ])
    expect(await minikctl(line)).toMatchObject({ status: 0, stderr: '' });
  const client = server.client();
  const role = await client.of(roles).get('deployer', 'dev');
  expect(role.rules).toEqual([
    {
      verbs: ['get', 'patch'],
      apiGroups: ['apps'],
      resources: ['deployments', 'deployments/scale'],
      resourceNames: ['web'],
    },
  ]);
  expect(role.metadata.annotations).toHaveProperty(['kubectl.kubernetes.io/last-applied-configuration']);
  const binding = await client.of(rolebindings).get('ci-deploys', 'dev');
  expect(binding).toMatchObject({
    roleRef: { kind: 'Role', name: 'deployer' },
    subjects: [
      { kind: 'Group', name: 'ops' },
      { kind: 'ServiceAccount', name: 'ci', namespace: 'dev' },
    ],
  });
});

test('a token that is made is one to be', async () => {
  await minikctl('create sa bot -n dev');
  const { stdout: token } = await minikctl('create token bot -n dev --duration=1h');
  const { server: url, ...nobody } = {
    server: server.url,
    config: parse(readFileSync(server.paths.kubeconfig, 'utf8')),
  };
  const config = { ...nobody.config, users: [{ name: 'kubernetes-admin', user: {} }] };
  writeFileSync(join(tools.home('minikctl'), 'nobody'), JSON.stringify(config));
  const who = await minikctl(`--kubeconfig nobody --token ${token} auth whoami`);
  expect(who.stdout).toMatch(/^ATTRIBUTE.*\nUsername +system:serviceaccount:dev:bot\n/);
  const bare = `--kubeconfig "" --data-dir ${folder}/none -s ${url} --certificate-authority ${server.pki('ca.crt')}`;
  expect((await minikctl(`${bare} --token ${token} auth whoami`)).stdout).toBe(who.stdout);
});

test('reconciling repairs what others have changed, and leaves alone what is to be left alone', async () => {
  const api = server.client().of(roles);
  const line = 'auth reconcile -f mine.yaml';
  writeFileSync(join(tools.home('minikctl'), 'mine.yaml'), manifests('fresh', 'get, list', 'ann'));
  expect(await minikctl(line)).toMatchObject({
    status: 0,
    stdout:
      'role.rbac.authorization.k8s.io/reader reconciled\nrolebinding.rbac.authorization.k8s.io/reads reconciled\n',
  });
  await api.patch('reader', 'fresh', { rules: [{ verbs: ['watch'], apiGroups: [''], resources: ['pods'] }] });
  await minikctl(`${line} --remove-extra-permissions`);
  expect((await api.get('reader', 'fresh')).rules).toMatchObject([{ verbs: ['get', 'list'] }]);
  const annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'false' };
  await api.patch('reader', 'fresh', { metadata: { annotations }, rules: [] });
  expect((await minikctl(line)).stderr).toContain('reconciliation required update, but object opted out');
  expect((await api.get('reader', 'fresh')).rules ?? []).toEqual([]);
});

describe('a refusal', () => {
  const refusal = (what: string): string => `Error from server (Forbidden): ${what}`;

  test('says which rule would have allowed it, as commands that do', async () => {
    const line = 'get pods -n dev --as ann';
    const { status, stdout, stderr } = await minikctl(line);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    const [message, title, ...rest] = stderr.trimEnd().split('\n');
    expect(message).toBe(
      refusal('pods is forbidden: User "ann" cannot list resource "pods" in API group "" in the namespace "dev"'),
    );
    expect(title).toBe('This would allow it:');
    expect(rest).toEqual([
      '  minikctl create role ann-list-pods --verb=list --resource=pods -n dev',
      '  minikctl create rolebinding ann-list-pods --role=ann-list-pods --user=ann -n dev',
      expect.stringMatching(/^So would a binding to: .*ClusterRole view, ClusterRole edit, ClusterRole admin/),
    ]);
    for (const command of rest.slice(0, 2))
      expect(await minikctl(command.replace('  minikctl ', ''))).toMatchObject({ status: 0 });
    await eventually('the role counts', async () => (await minikctl(line)).status === 0);
  });

  test.each<[line: string, commands: string[]]>([
    [
      'scale deploy/web --replicas=2 -n dev --as system:serviceaccount:prod:ci',
      [
        '  minikctl create role ci-patch-deployments-scale --verb=patch --resource=deployments.apps/scale --resource-name=web -n dev',
        '  minikctl create rolebinding ci-patch-deployments-scale --role=ci-patch-deployments-scale --serviceaccount=prod:ci -n dev',
      ],
    ],
    [
      'get nodes --as "o\'hara x"',
      [
        '  minikctl create clusterrole o-hara-x-list-nodes --verb=list --resource=nodes',
        "  minikctl create clusterrolebinding o-hara-x-list-nodes --clusterrole=o-hara-x-list-nodes '--user=o'\\''hara x'",
      ],
    ],
    [
      'create token default -n dev --as ann',
      [
        '  minikctl create role ann-create-serviceaccounts-token --verb=create --resource=serviceaccounts/token --resource-name=default -n dev',
        '  minikctl create rolebinding ann-create-serviceaccounts-token --role=ann-create-serviceaccounts-token --user=ann -n dev',
      ],
    ],
    [
      'create -f one.yaml -n minikctl --as ann',
      [
        '  minikctl create role ann-create-roles --verb=create --resource=roles.rbac.authorization.k8s.io -n minikctl',
        '  minikctl create role ann-create-configmaps --verb=create --resource=configmaps -n minikctl',
      ],
    ],
    [
      'get pods -n dev --as bob --kubeconfig $PKI/scheduler.kubeconfig',
      [
        '  minikctl create clusterrole system:kube-scheduler-impersonate-users --verb=impersonate --resource=users --resource-name=bob',
      ],
    ],
  ])('of %s', async (line, commands) => {
    const { stderr } = await minikctl(line);
    expect(stderr).toMatch(/cannot .* resource|cannot .* path/);
    expect(stderr.split('\n')).toEqual(expect.arrayContaining(commands));
  });

  test('that no rule would have prevented gets no advice', async () => {
    await minikctl('create quota none --hard=count/configmaps=0 -n dev');
    const tooMany = async (): Promise<Result> => minikctl('create -f cm.json -n dev');
    writeFileSync(
      join(tools.home('minikctl'), 'cm.json'),
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"x-"}}',
    );
    await eventually('the quota counts', async () => (await tooMany()).status === 1);
    expect((await tooMany()).stderr).toMatch(
      /^Error from server \(Forbidden\): .*(exceeded quota|status unknown).*\n$/,
    );
    await minikctl('create rolebinding ann-administers --clusterrole=admin --user=ann -n dev');
    const { stderr } = await minikctl('create role more --verb=impersonate --resource=users -n dev --as ann');
    expect(stderr).toMatch(/attempting to grant RBAC permissions not currently held:\n\{.*\}\n$/);
  });
});
