/** Pods and the API server, in a whole cluster on Docker: the tokens they are given, what they may do with them, and how those change. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configmaps } from '../api/kinds/configmaps.ts';
import { namespaces } from '../api/kinds/namespaces.ts';
import { pods } from '../api/kinds/pods.ts';
import { rolebindings } from '../api/kinds/rolebindings.ts';
import { roles } from '../api/kinds/roles.ts';
import { secrets } from '../api/kinds/secrets.ts';
import { serviceaccounts } from '../api/kinds/serviceaccounts.ts';
import { services } from '../api/kinds/services.ts';
import { isConditionTrue } from '../api/meta.ts';
import type { Pod, PodSpec, ServiceAccount } from '../api/types.ts';
import { loadKubeconfig } from '../client/kubeconfig.ts';
import { RestClient } from '../client/rest.ts';
import { Cluster } from './harness/cluster.ts';
import { eventually } from './harness/eventually.ts';
import type { Attempt } from './harness/in-cluster-client.ts';
import { ensureNodeImage, node, nodeProgram } from './harness/node-image.ts';

const namespace = 'default';
const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const clockAhead = join(import.meta.dirname, 'harness/clock-ahead.ts');

let cluster: Cluster;
let client: RestClient;

beforeAll(async () => {
  await ensureNodeImage();
  const before = process.env['NODE_OPTIONS'];
  process.env['NODE_OPTIONS'] = `${before ?? ''} --import=${clockAhead}`;
  try {
    cluster = await Cluster.start();
  } finally {
    process.env['NODE_OPTIONS'] = before ?? '';
  }
  client = cluster.client();
}, 240_000);

afterAll(() => cluster?.purge());

const account = (name: string, more: Partial<ServiceAccount> = {}): Promise<ServiceAccount> =>
  client.of(serviceaccounts).create({ metadata: { name, namespace }, ...more });

const create = (name: string, spec: PodSpec): Promise<Pod> =>
  client.of(pods).create({ metadata: { name, namespace }, spec });

const remove = (name: string): Promise<unknown> => client.of(pods).delete(name, namespace, { gracePeriodSeconds: 0 });

/** A pod's spec that keeps a shell at hand. */
const idle = (more: Partial<PodSpec> = {}): PodSpec => ({
  containers: [{ name: 'main', image: 'busybox:1.35', command: ['sleep', '3600'] }],
  terminationGracePeriodSeconds: 0,
  ...more,
});

const ready = (name: string): Promise<Pod> =>
  eventually(`${name} is ready`, async () => {
    const pod = await client.of(pods).get(name, namespace);
    return isConditionTrue(pod.status?.conditions, 'Ready') && pod;
  });

const exec = (name: string, ...command: string[]): Promise<string> => cluster.minikctl('exec', name, '--', ...command);

/** What a token says. */
const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());

const allowed = { configMaps: ['kube-root-ca.crt'], secrets: 403, elsewhere: 403, created: 403 };

/** What the client in the pod did last. */
const lastAttempt = async (): Promise<Attempt> =>
  JSON.parse((await cluster.minikctl('logs', 'client', '--tail=1')).trim()) as Attempt;

let first: Attempt;

test('a client in a pod reads what its role allows, and nothing else', async () => {
  await account('reader');
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }];
  await client.of(roles).create({ metadata: { name: 'reads', namespace }, rules });
  await client.of(rolebindings).create({
    metadata: { name: 'reads', namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reads' },
    subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace }],
  });
  const env = [{ name: 'NODE_OPTIONS', value: '--import=/programs/clock-ahead.ts' }];
  await create('client', { ...nodeProgram('in-cluster-client.ts', { env }), serviceAccountName: 'reader' });
  await ready('client');
  first = await eventually('the first attempt', lastAttempt);
  expect(first).toEqual({ ...allowed, jti: expect.any(String) });
});

test('its token is replaced in time', async () => {
  const script = `Buffer.from(fs.readFileSync('${mountPath}/token', 'utf8').split('.')[1], 'base64url').toString()`;
  const mounted = (): Promise<string> => exec('client', node, '-p', script);
  expect(await mounted()).toContain(first.jti);
  // The kubelet believes that an hour has passed, and that the token is nearly at its end.
  process.kill(cluster.pid('kubelet-minik-1'), 'SIGUSR2');
  // It looks at a pod's volumes once a minute, or when something of the pod has changed.
  await client.of(pods).patch('client', namespace, { metadata: { labels: { looked: 'at' } } });
  await eventually('another token', async () => !(await mounted()).includes(first.jti));
});

test('a token is good for as long as its pod', async () => {
  const { metadata } = await create('short', idle());
  await ready('short');
  const token = await exec('short', 'cat', `${mountPath}/token`);
  expect(claimsOf(token)).toMatchObject({
    sub: 'system:serviceaccount:default:default',
    'kubernetes.io': { namespace, pod: { name: 'short', uid: metadata.uid }, node: { name: 'minik-1' } },
  });
  const { cert: _, key: __, ...config } = loadKubeconfig(cluster.kubeconfig);
  const bearer = new RestClient({ ...config, token });
  const answer = (): Promise<number> =>
    bearer
      .of(secrets)
      .list({ namespace })
      .then(
        () => 200,
        (error: { code: number }) => error.code,
      );
  expect(await answer()).toBe(403);
  await remove('short');
  await eventually('it is refused', async () => (await answer()) === 401);
  bearer.close();
});

test('a pod of a restricted namespace runs, and its user reads the token', async () => {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await client.of(namespaces).create({ metadata: { name: 'restricted', labels } });
  const careful = idle({
    restartPolicy: 'Never',
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
  });
  Object.assign(careful.containers[0]!, {
    command: ['sh', '-c', `id -u; wc -l < ${mountPath}/token; grep -E "CapPrm|NoNewPrivs|Seccomp:" /proc/self/status`],
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  });
  const metadata = { name: 'careful', namespace: 'restricted' };
  await expect(client.of(pods).create({ metadata, spec: idle() })).rejects.toThrow(
    'violates PodSecurity "restricted:latest"',
  );
  await client.of(pods).create({ metadata, spec: careful });
  await eventually('it has ended well', async () => {
    return (await client.of(pods).get('careful', 'restricted')).status?.phase === 'Succeeded';
  });
  const said = await cluster.minikctl('logs', 'careful', '-n', 'restricted');
  expect(said).toMatch(/^1000\n0\nCapPrm:\t0+\nNoNewPrivs:\t1\nSeccomp:\t2\n$/);
});

test('conformance: Service Account Tokens Must AutoMount', async () => {
  await account('mount-test');
  await create('mounts', idle({ serviceAccountName: 'mount-test' }));
  await ready('mounts');
  const [token, ca, own] = await Promise.all(
    ['token', 'ca.crt', 'namespace'].map((file) => exec('mounts', 'cat', `${mountPath}/${file}`)),
  );
  expect(own).toBe(namespace);
  expect(ca).toBe(String(loadKubeconfig(cluster.kubeconfig).ca));
  const { status } = await client.json<{ status: object }>({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/tokenreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } },
  });
  expect(status).toMatchObject({ authenticated: true, user: { username: 'system:serviceaccount:default:mount-test' } });
});

test('conformance: Service account tokens auto mount optionally', async () => {
  await account('mount', { automountServiceAccountToken: true });
  await account('nomount', { automountServiceAccountToken: false });
  for (const [serviceAccountName, pod, mounts] of [
    ['default', undefined, true],
    ['default', true, true],
    ['default', false, false],
    ['mount', undefined, true],
    ['mount', true, true],
    ['mount', false, false],
    ['nomount', undefined, false],
    ['nomount', true, true],
    ['nomount', false, false],
  ] as const) {
    const spec = { serviceAccountName, ...(pod !== undefined && { automountServiceAccountToken: pod }) };
    const made = await create(`auto-${serviceAccountName}-${pod}`, idle(spec));
    const paths = made.spec!.containers[0]!.volumeMounts?.map((mount) => mount.mountPath) ?? [];
    expect([serviceAccountName, pod, paths]).toEqual([serviceAccountName, pod, mounts ? [mountPath] : []]);
    await remove(made.metadata.name!);
  }
});

const projection =
  'conformance: TokenRequestProjection should mount a projected volume with token using TokenRequest API.';
test(projection, async () => {
  const source = { path: 'token', expirationSeconds: 7200, audience: 'vault' };
  const variants: [string, PodSpec['securityContext'], string][] = [
    ['plain', undefined, '644 0 0'],
    ['user', { runAsUser: 1000 }, '600 1000 0'],
    ['group', { fsGroup: 10_000 }, '640 0 10000'],
    ['user-and-group', { runAsUser: 1000, fsGroup: 10_000 }, '640 1000 10000'],
  ];
  const show = async ([variant, securityContext, expected]: (typeof variants)[number]): Promise<void> => {
    const name = `projects-${variant}`;
    const spec = idle({
      automountServiceAccountToken: false,
      volumes: [{ name: 'own', projected: { sources: [{ serviceAccountToken: source }] } }],
      ...(securityContext && { securityContext }),
    });
    spec.containers[0]!.volumeMounts = [{ name: 'own', mountPath: '/tokens' }];
    await create(name, spec);
    await ready(name);
    const { aud, exp, iat } = claimsOf(await exec(name, 'cat', '/tokens/token'));
    expect([aud, Number(exp) - Number(iat)]).toEqual([['vault'], 7200]);
    const stat = await exec(name, 'stat', '-Lc', '%a %u %g', '/tokens/token');
    expect([variant, stat.trim()]).toEqual([variant, expected]);
    await remove(name);
  };
  await Promise.all(variants.map(show));
});

test('conformance: RootCA ConfigMap test', async () => {
  await client.of(namespaces).create({ metadata: { name: 'root-ca' } });
  const name = 'kube-root-ca.crt';
  const published = async (): Promise<string> =>
    eventually('the CA', async () => (await client.of(configmaps).get(name, 'root-ca')).metadata.uid);
  const uid = await published();
  await client.of(configmaps).delete(name, 'root-ca');
  await eventually('it is there again', async () => (await published()) !== uid);
  await client.of(configmaps).patch(name, 'root-ca', { data: { 'ca.crt': '', more: '' } }, { type: 'merge' });
  await eventually('it is as it was', async () => {
    const { data } = await client.of(configmaps).get(name, 'root-ca');
    return data?.['ca.crt'] === String(loadKubeconfig(cluster.kubeconfig).ca) && Object.keys(data).length === 1;
  });
});

test('conformance: OIDC Discovery (ServiceAccountIssuerDiscovery)', async () => {
  const { spec: service } = await client.of(services).get('kubernetes', 'default');
  const audience = 'oidc-discovery-test';
  const env = {
    AUDIENCE: audience,
    TOKEN_FILE: '/own/token',
    API_TOKEN_FILE: `${mountPath}/token`,
    NODE_EXTRA_CA_CERTS: `${mountPath}/ca.crt`,
  };
  const program = nodeProgram('in-cluster-discovery.ts', {
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
    volumeMounts: [{ name: 'own', mountPath: '/own', readOnly: true }],
  });
  program.volumes!.push({
    name: 'own',
    projected: { sources: [{ serviceAccountToken: { path: 'token', audience } }] },
  });
  await create('discovers', {
    ...program,
    restartPolicy: 'Never',
    // There is no DNS in this cluster.
    hostAliases: [{ ip: service!.clusterIP!, hostnames: ['kubernetes.default.svc.cluster.local'] }],
  });
  const phase = await eventually('it has ended', async () => {
    const { status } = await client.of(pods).get('discovers', namespace);
    return ['Succeeded', 'Failed'].includes(status?.phase ?? '') && status!.phase;
  });
  const said = await cluster.minikctl('logs', 'discovers');
  expect([phase, said]).toEqual(['Succeeded', expect.stringContaining('"issuer":"https://kubernetes.default.svc')]);
  expect(JSON.parse(said).payload).toMatchObject({ aud: [audience], sub: 'system:serviceaccount:default:default' });
});

test('the client, which reads the file once a minute, goes on with the other token', async () => {
  // It believes that an hour has passed.
  await exec('client', node, '-e', "process.kill(1, 'SIGUSR2')");
  const isLater = async (): Promise<Attempt | false> => {
    const attempt = await lastAttempt();
    return attempt.jti !== first.jti && attempt;
  };
  const later = await eventually('it does', isLater);
  expect(later).toEqual({ ...allowed, jti: expect.any(String) });
  expect((await ready('client')).status!.containerStatuses![0]!.restartCount).toBe(0);
});
