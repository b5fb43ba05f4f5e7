/** What the API server makes of pods before it keeps them: the account they run as, its token, and what their namespace allows. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deployments } from '../api/kinds/deployments.ts';
import { namespaces } from '../api/kinds/namespaces.ts';
import { pods } from '../api/kinds/pods.ts';
import { serviceaccounts } from '../api/kinds/serviceaccounts.ts';
import type { Container, Namespace, Pod, PodSpec, ServiceAccount, Volume } from '../api/types.ts';
import type { RestClient } from '../client/rest.ts';
import { ApiServer } from './harness/apiserver.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';

let folder: string;
let store: EtcdServer;
let server: ApiServer;
let client: RestClient;

const admissionConfiguration = {
  apiVersion: 'apiserver.config.k8s.io/v1',
  kind: 'AdmissionConfiguration',
  plugins: [{ name: 'PodSecurity', path: 'pod-security.json' }],
};
const podSecurityConfiguration = {
  apiVersion: 'pod-security.admission.config.k8s.io/v1',
  kind: 'PodSecurityConfiguration',
  defaults: { enforce: 'baseline' },
  exemptions: { namespaces: ['exempt'], usernames: ['system:kube-scheduler'], runtimeClasses: ['sandboxed'] },
};
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata', verbs: ['create'] }, { level: 'None' }],
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'minik-pod-admission-'));
  const file = (name: string, content: object): string => {
    writeFileSync(join(folder, name), JSON.stringify(content));
    return join(folder, name);
  };
  file('pod-security.json', podSecurityConfiguration);
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 25_465, {
    'disable-admission-plugins': '',
    'admission-control-config-file': file('admission.json', admissionConfiguration),
    'audit-policy-file': file('audit.json', auditPolicy),
    'audit-log-path': join(folder, 'audit.log'),
  });
  client = server.client();
  await newNamespace('default', {}, false);
});

afterAll(async () => {
  client?.close();
  await server?.remove();
  await store?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const account = (namespace: string, name: string, more: Partial<ServiceAccount> = {}): Promise<ServiceAccount> =>
  client.of(serviceaccounts).create({ ...more, metadata: { ...more.metadata, name, namespace } });

/** A namespace with its account, which no controller makes here. */
async function newNamespace(name: string, labels: Record<string, string> = {}, fresh = true): Promise<void> {
  const full = Object.entries(labels).map(([key, value]) => [`pod-security.kubernetes.io/${key}`, value]);
  if (fresh) await client.of(namespaces).create({ metadata: { name, labels: Object.fromEntries(full) } });
  await account(name, 'default');
}

const container: Container = { name: 'main', image: 'busybox:1.35' };
let made = 0;

const create = (spec: Partial<PodSpec> = {}, metadata: Pod['metadata'] = {}, as = client): Promise<Pod> =>
  as.of(pods).create({
    metadata: { name: `pod-${made++}`, namespace: 'default', ...metadata },
    spec: { containers: [container], ...spec },
  });

const refusal = (pod: Promise<unknown>): Promise<string> =>
  pod.then(
    () => 'it was not refused',
    (error: Error) => error.message.replace(/^pods "[^"]*" is forbidden: /, ''),
  );

const mountsOf = ({ spec }: Pod): (string | undefined)[] =>
  [...(spec!.initContainers ?? []), ...spec!.containers].map(({ volumeMounts }) => volumeMounts?.[0]?.name);

describe('a service account', () => {
  const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';

  test('is the default one, and all containers get its token', async () => {
    const pod = await create({ initContainers: [{ ...container, name: 'first' }] });
    expect(pod.spec).toMatchObject({ serviceAccountName: 'default', serviceAccount: 'default' });
    const volume = pod.spec!.volumes![0]!;
    expect(volume).toEqual({
      name: expect.stringMatching(/^kube-api-access-[a-z0-9]{5}$/),
      projected: {
        defaultMode: 420,
        sources: [
          { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
          { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
          {
            downwardAPI: {
              items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
            },
          },
        ],
      },
    });
    expect(mountsOf(pod)).toEqual([volume.name, volume.name]);
    expect(pod.spec!.containers[0]!.volumeMounts).toEqual([
      { name: volume.name, mountPath: tokenPath, readOnly: true },
    ]);
  });

  test.each([
    [undefined, undefined, true],
    [undefined, false, false],
    [false, undefined, false],
    [true, false, true],
    [false, true, false],
  ])('gives its token where the pod says %s and the account %s: %s', async (pods, accounts, mounted) => {
    const name = `automount-${pods}-${accounts}`;
    await account('default', name, accounts === undefined ? {} : { automountServiceAccountToken: accounts });
    const spec = { serviceAccountName: name, ...(pods !== undefined && { automountServiceAccountToken: pods }) };
    expect((await create(spec)).spec!.volumes === undefined).toBe(!mounted);
  });

  test('does not get in the way of what is mounted at its place', async () => {
    const volumes: Volume[] = [{ name: 'own', emptyDir: {} }];
    const own = { ...container, volumeMounts: [{ name: 'own', mountPath: tokenPath }] };
    expect((await create({ volumes, containers: [own] })).spec!.volumes).toEqual(volumes);
    const other = { ...container, name: 'other' };
    const mixed = await create({ volumes, containers: [own, other] });
    expect(mountsOf(mixed)).toEqual(['own', mixed.spec!.volumes![1]!.name]);
  });

  test('must exist; the default one has a moment to', async () => {
    const none = 'error looking up service account default/nobody: serviceaccount "nobody" not found';
    expect(await refusal(create({ serviceAccountName: 'nobody' }))).toBe(none);
    await client.of(namespaces).create({ metadata: { name: 'young' } });
    const early = create({}, { namespace: 'young' });
    await account('young', 'default');
    expect((await early).spec!.serviceAccountName).toBe('default');
    await client.of(namespaces).create({ metadata: { name: 'empty' } });
    expect(await refusal(create({}, { namespace: 'empty' }))).toBe(
      none.replaceAll('nobody', 'default').replace('default/', 'empty/'),
    );
  });

  test('lends its secrets for pulling images, unless the pod has its own', async () => {
    await account('default', 'puller', { imagePullSecrets: [{ name: 'registry' }] });
    const serviceAccountName = 'puller';
    expect((await create({ serviceAccountName })).spec!.imagePullSecrets).toEqual([{ name: 'registry' }]);
    const own = await create({ serviceAccountName, imagePullSecrets: [{ name: 'mine' }] });
    expect(own.spec!.imagePullSecrets).toEqual([{ name: 'mine' }]);
  });

  test('may limit the secrets that its pods use', async () => {
    const annotations = { 'kubernetes.io/enforce-mountable-secrets': 'true' };
    await account('default', 'strict', { metadata: { annotations }, secrets: [{ name: 'mine' }] });
    const use = (spec: Partial<PodSpec>): Promise<string> => refusal(create({ serviceAccountName: 'strict', ...spec }));
    const secretKeyRef = (name: string) => ({ name, key: 'k' });
    const env = (name: string) => [{ name: 'A', valueFrom: { secretKeyRef: secretKeyRef(name) } }];
    const because = 'is not allowed because service account strict does not reference that';
    expect([
      await use({ volumes: [{ name: 'v', secret: { secretName: 'other' } }] }),
      await use({ containers: [{ ...container, env: env('other') }] }),
      await use({ initContainers: [{ ...container, name: 'first', envFrom: [{ secretRef: { name: 'other' } }] }] }),
      await use({ imagePullSecrets: [{ name: 'mine' }] }),
      await use({ containers: [{ ...container, env: env('mine') }] }),
    ]).toEqual([
      `volume with secret.secretName="other" ${because} secret`,
      `container main with envVar A referencing secret.secretName="other" ${because} secret`,
      `init container first with envFrom referencing secret.secretName="other" ${because} secret`,
      `imagePullSecrets[0].name="mine" ${because} imagePullSecret`,
      'it was not refused',
    ]);

    const { name = '' } = (await create({ serviceAccountName: 'strict' })).metadata;
    const ephemeralContainers = [{ ...container, name: 'shell', env: env('other') }];
    const debug = client
      .of(pods)
      .patch(
        name,
        'default',
        { spec: { ephemeralContainers } },
        { type: 'strategic', subresource: 'ephemeralcontainers' },
      );
    expect(await refusal(debug)).toBe(
      `ephemeral container shell with envVar A referencing secret.secretName="other" ${because} secret`,
    );
  });

  test('does not stand behind mirror pods', async () => {
    const mirror = (spec: Partial<PodSpec>): Promise<string> =>
      refusal(create({ nodeName: 'node', ...spec }, { annotations: { 'kubernetes.io/config.mirror': 'hash' } }));
    const projected = { sources: [{ serviceAccountToken: { path: 'token' } }] };
    expect([
      await mirror({ serviceAccountName: 'default' }),
      await mirror({ volumes: [{ name: 'v', secret: { secretName: 's' } }] }),
      await mirror({ volumes: [{ name: 'v', projected }] }),
    ]).toEqual([
      'a mirror pod may not reference service accounts',
      'a mirror pod may not reference secrets',
      'a mirror pod may not use ServiceAccountToken volume projections',
    ]);
  });
});

describe('pod security', () => {
  const privileged = { containers: [{ ...container, securityContext: { privileged: true } }] };
  const violation = 'privileged (container "main" must not set securityContext.privileged=true)';

  /** What the audit log says of the creation of the object of that name. */
  const annotationsOf = (name: string): Promise<Record<string, string>> =>
    eventually(`the audit event of ${name}`, () => {
      const events = readFileSync(join(folder, 'audit.log'), 'utf8').trim().split('\n');
      const event = events.map((line) => JSON.parse(line)).find(({ objectRef }) => objectRef?.name === name);
      const entries = Object.entries<string>(event?.annotations ?? {});
      const own = entries.filter(([key]) => key.startsWith('pod-security.kubernetes.io/'));
      return event && Object.fromEntries(own.map(([key, value]) => [key.split('/')[1], value]));
    });

  test('has the levels of the configuration where labels say nothing', async () => {
    expect(await refusal(create(privileged))).toBe(`violates PodSecurity "baseline:latest": ${violation}`);
    await newNamespace('open', { enforce: 'privileged' });
    await create(privileged, { name: 'opened', namespace: 'open' });
    expect(await annotationsOf('opened')).toEqual({ 'enforce-policy': 'privileged:latest' });
  });

  test('notes in the audit log what it only looks at', async () => {
    await newNamespace('noting', { enforce: 'privileged', audit: 'baseline', 'audit-version': 'v1.30' });
    await create(privileged, { name: 'noted', namespace: 'noting' });
    const audited = { 'audit-violations': `would violate PodSecurity "baseline:v1.30": ${violation}` };
    expect(await annotationsOf('noted')).toEqual({ 'enforce-policy': 'privileged:latest', ...audited });
    const labels = { app: 'noted' };
    await client.of(deployments).create({
      metadata: { name: 'noted-template', namespace: 'noting' },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: privileged } },
    });
    expect(await annotationsOf('noted-template')).toEqual(audited);
  });

  test('exempts namespaces, users and runtime classes', async () => {
    await newNamespace('exempt');
    await create(privileged, { name: 'by-namespace', namespace: 'exempt' });
    expect(await annotationsOf('by-namespace')).toEqual({ exempt: 'namespace' });
    const runtimeClass = { metadata: { name: 'sandboxed' }, handler: 'sandboxed' };
    await server.raw('/apis/node.k8s.io/v1/runtimeclasses', { method: 'POST', body: JSON.stringify(runtimeClass) });
    await create({ ...privileged, runtimeClassName: 'sandboxed' }, { name: 'by-runtime-class' });
    expect(await annotationsOf('by-runtime-class')).toEqual({ exempt: 'runtimeClass' });
    const answer = await server.raw('/api/v1/namespaces/exempt', {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } }),
    });
    expect(answer.headers['warning']).toContain(
      'namespace \\"exempt\\" is exempt from Pod Security, and the policy (enforce=restricted:latest) will be ignored',
    );
  });

  test('is not asked where nothing changes that counts', async () => {
    await newNamespace('later', { enforce: 'privileged' });
    const { name = '' } = (await create(privileged, { namespace: 'later' })).metadata;
    const labels = { 'pod-security.kubernetes.io/enforce': 'baseline' };
    await client.of(namespaces).patch('later', undefined, { metadata: { labels } } satisfies Partial<Namespace>);
    const patch = (body: object): Promise<Pod> => client.of(pods).patch(name, 'later', body, { type: 'strategic' });
    await patch({ metadata: { labels: { a: 'b' } } });
    expect(await refusal(patch({ spec: { containers: [{ name: 'main', image: 'busybox:1.36' }] } }))).toBe(
      `violates PodSecurity "baseline:latest": ${violation}`,
    );
  });

  test('is counted', async () => {
    const { text } = await server.raw('/metrics');
    const lines = text.split('\n').filter((line) => line.startsWith('pod_security_'));
    const labels = 'request_operation="create",resource="pod",subresource=""';
    const baseline = 'policy_level="baseline",policy_version="latest"';
    const counted = (what: string): RegExp => new RegExp(`^${what.replace(/[{}]/g, '\\$&')} [1-9]`);
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          counted(`pod_security_evaluations_total{decision="deny",mode="enforce",${baseline},${labels}}`),
        ),
        expect.stringMatching(
          counted(`pod_security_evaluations_total{decision="allow",mode="enforce",${baseline},${labels}}`),
        ),
        expect.stringMatching(counted(`pod_security_exemptions_total{${labels}}`)),
      ]),
    );
  });
});
