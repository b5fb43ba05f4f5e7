/** Auditing as a user meets it: what the log says of each request, and that it says it of all of them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditEvent } from '../api/audit-event.ts';
import { ApiServer, type RawAnswer, type RawOptions } from './harness/apiserver.ts';
import { AuditLog } from './harness/audit-log.ts';
import { root } from './harness/cluster.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';
import { kubectlMissing, kubectlPath } from './harness/kubectl.ts';
import { run } from './harness/run.ts';

const port = 25820;
const directory = mkdtempSync(join(tmpdir(), 'minik-audit-'));
const revision = 'audit.minik.io/revision';

let store: EtcdServer;
beforeAll(async () => {
  store = await startStore();
});
afterAll(async () => {
  await store.remove();
  rmSync(directory, { recursive: true, force: true });
});

const policyOf = (name: string, rules: string): string => {
  const path = join(directory, `${name}.yaml`);
  writeFileSync(path, `{apiVersion: audit.k8s.io/v1, kind: Policy, ${rules}}`);
  return path;
};

/** A server that records, and its log. */
async function startRecording(
  name: string,
  rules: string,
  at: number,
  flags: Record<string, string> = {},
): Promise<{ server: ApiServer; log: AuditLog }> {
  const log = new AuditLog(join(directory, name, 'audit.log'));
  const policy = policyOf(name, rules);
  const all = { 'audit-policy-file': policy, 'audit-log-path': log.path, ...flags };
  return { server: await ApiServer.start(store.endpoint, at, all), log };
}

const json = (value: unknown, more: RawOptions = {}): RawOptions => ({
  method: 'POST',
  body: JSON.stringify(value),
  ...more,
  headers: { 'content-type': 'application/json', ...more.headers },
});
const configMaps = '/api/v1/namespaces/default/configmaps';

/** To change what is in namespaces. */
async function allowAlice(server: ApiServer): Promise<void> {
  const group = 'rbac.authorization.k8s.io';
  const metadata = { name: 'alice' };
  const rules = [
    { apiGroups: ['', 'apps'], resources: ['configmaps', 'deployments', 'deployments/scale'], verbs: ['*'] },
  ];
  const create = (plural: string, body: object) =>
    server.raw(`/apis/${group}/v1/${plural}`, json({ apiVersion: `${group}/v1`, metadata, ...body }));
  await create('clusterroles', { kind: 'ClusterRole', rules });
  await create('clusterrolebindings', {
    kind: 'ClusterRoleBinding',
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'alice' },
    subjects: [{ apiGroup: group, kind: 'User', name: 'alice' }],
  });
}

describe('what an event says', () => {
  let server: ApiServer;
  let log: AuditLog;

  beforeAll(async () => {
    const tokens = join(directory, 'tokens.csv');
    writeFileSync(tokens, 'alices-token,alice,uid-7,"team-a,team-b"\n');
    const rules = `rules: [
      {level: None, users: [system:apiserver], nonResourceURLs: [/readyz]},
      {level: None, nonResourceURLs: [/readyz]},
      {level: Metadata, resources: [{group: "", resources: [secrets]}]},
      {level: Request, resources: [{group: "", resources: [services]}]},
      {level: RequestResponse, resources: [{group: "", resources: [configmaps]}], omitManagedFields: true},
      {level: Metadata, omitStages: [RequestReceived]}]`;
    ({ server, log } = await startRecording('says', rules, port, { 'token-auth-file': tokens }));
    await allowAlice(server);
  });
  afterAll(() => server.remove());

  const asAlice = { identity: null, headers: { authorization: 'Bearer alices-token', 'user-agent': 'tester/1' } };
  const eventsOf = (answer: RawAnswer): Promise<AuditEvent[]> => log.of(answer.headers['audit-id']);
  const lastOf = async (answer: RawAnswer): Promise<AuditEvent> => (await eventsOf(answer)).at(-1)!;

  test('who, when, from where, what, and which revision was made', async () => {
    const before = Date.now();
    const answer = await server.raw(configMaps, json({ metadata: { name: 'first' }, data: { a: '1' } }, asAlice));
    const created = JSON.parse(answer.text);
    const [received, complete, ...others] = await eventsOf(answer);
    expect(others).toEqual([]);
    const same = {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'RequestResponse',
      requestURI: configMaps,
      verb: 'create',
      user: { username: 'alice', uid: 'uid-7', groups: ['team-a', 'team-b', 'system:authenticated'] },
      sourceIPs: ['127.0.0.1'],
      userAgent: 'tester/1',
    };
    expect(received).toMatchObject({ ...same, stage: 'RequestReceived' });
    expect(received).not.toHaveProperty('responseStatus');
    expect(received).not.toHaveProperty('requestObject');
    const { managedFields: _, ...metadata } = created.metadata;
    expect(complete).toMatchObject({
      ...same,
      stage: 'ResponseComplete',
      objectRef: { resource: 'configmaps', namespace: 'default', name: 'first', apiVersion: 'v1' },
      responseStatus: { metadata: {}, code: 201 },
      requestObject: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'first' }, data: { a: '1' } },
      annotations: {
        'authorization.k8s.io/decision': 'allow',
        'authorization.k8s.io/reason': expect.stringContaining('RBAC: allowed by ClusterRoleBinding "alice"'),
        [revision]: created.metadata.resourceVersion,
      },
    });
    expect(complete!.responseObject).toEqual({ ...created, metadata });
    const times = [complete!.requestReceivedTimestamp, complete!.stageTimestamp];
    for (const time of times) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(times[0]! <= times[1]!).toBe(true);
    expect(Date.parse(times[0]!)).toBeGreaterThanOrEqual(before - 5);
    expect(statSync(log.path).mode & 0o777).toBe(0o600);
  });

  test('every write has its revision: patches, updates, deletes, collections, generated names, applies', async () => {
    const versionOf = (answer: RawAnswer): string => JSON.parse(answer.text).metadata.resourceVersion;
    const revisionOf = async (answer: RawAnswer) => (await lastOf(answer)).annotations?.[revision];
    const created = await server.raw(configMaps, json({ metadata: { generateName: 'gen-' } }));
    const { name } = JSON.parse(created.text).metadata;
    expect(await revisionOf(created)).toBe(versionOf(created));
    expect((await lastOf(created)).objectRef).toMatchObject({ name });
    const url = `${configMaps}/${name}`;
    const patched = await server.raw(
      url,
      json({ data: { a: '2' } }, { method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' } }),
    );
    expect(await revisionOf(patched)).toBe(versionOf(patched));
    const unchanged = await server.raw(url, json(JSON.parse(patched.text), { method: 'PUT' }));
    expect(unchanged.status).toBe(200);
    expect(await revisionOf(unchanged)).toBeUndefined();
    expect((await lastOf(unchanged)).objectRef).toMatchObject({
      uid: JSON.parse(patched.text).metadata.uid,
      resourceVersion: versionOf(patched),
    });
    const dry = await server.raw(
      `${url}?dryRun=All`,
      json({ ...JSON.parse(patched.text), data: {} }, { method: 'PUT' }),
    );
    expect(await revisionOf(dry)).toBeUndefined();
    const applied = await server.raw(
      `${configMaps}/applied?fieldManager=x`,
      json(
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' } },
        { method: 'PATCH', headers: { 'content-type': 'application/apply-patch+yaml' } },
      ),
    );
    expect(applied.status).toBe(201);
    expect(await revisionOf(applied)).toBe(versionOf(applied));
    const deleted = await server.raw(url, { method: 'DELETE' });
    expect(Number(await revisionOf(deleted))).toBeGreaterThan(Number(versionOf(applied)));
    expect(await lastOf(deleted)).toMatchObject({
      verb: 'delete',
      objectRef: { name },
      responseStatus: { status: 'Success', code: 200 },
    });
    for (const name of ['c-1', 'c-2']) await server.raw(configMaps, json({ metadata: { name, labels: { c: '' } } }));
    const collection = await server.raw(`${configMaps}?labelSelector=c`, { method: 'DELETE' });
    expect((await revisionOf(collection))!.split(',').sort()).toEqual([
      expect.stringMatching(/^c-1=\d+$/),
      expect.stringMatching(/^c-2=\d+$/),
    ]);
  });

  test('a refusal says why', async () => {
    const answer = await server.raw('/api/v1/nodes', asAlice);
    expect(answer.status).toBe(403);
    expect(await lastOf(answer)).toMatchObject({
      level: 'Metadata',
      verb: 'list',
      responseStatus: { status: 'Failure', reason: 'Forbidden', code: 403, message: JSON.parse(answer.text).message },
      annotations: { 'authorization.k8s.io/decision': 'forbid' },
    });
  });

  test('credentials that are not good', async () => {
    const answer = await server.raw(configMaps, { identity: null, headers: { authorization: 'Bearer stolen' } });
    expect(answer.status).toBe(401);
    const events = await eventsOf(answer);
    expect(events).toMatchObject([
      {
        stage: 'ResponseStarted',
        user: {},
        responseStatus: { code: 401, reason: 'Unauthorized', message: 'Authentication failed, attempted: bearer' },
      },
    ]);
    expect(events[0]!.user).toEqual({});
    expect(readFileSync(log.path, 'utf8')).not.toContain('stolen');
  });

  test('who acts as somebody else', async () => {
    const headers = { 'impersonate-user': 'alice', 'impersonate-group': 'team-a' };
    const answer = await server.raw(configMaps, { headers });
    expect(answer.status).toBe(200);
    expect(await lastOf(answer)).toMatchObject({
      user: { username: 'kubernetes-admin' },
      impersonatedUser: { username: 'alice', groups: expect.arrayContaining(['team-a']) },
      authenticationMetadata: { impersonationConstraint: 'impersonate:user-info' },
    });
    const refused = await server.raw(configMaps, {
      ...asAlice,
      headers: { ...asAlice.headers, 'impersonate-user': 'x' },
    });
    expect(refused.status).toBe(403);
    const event = await lastOf(refused);
    expect(event).toMatchObject({ user: { username: 'alice' }, responseStatus: { code: 403 } });
    expect(event).not.toHaveProperty('impersonatedUser');
  });

  test('what a Secret has is recorded only as far as the policy says', async () => {
    const secrets = '/api/v1/namespaces/default/secrets';
    const answer = await server.raw(secrets, json({ metadata: { name: 's' }, stringData: { password: 'hunter2' } }));
    expect(await lastOf(answer)).toMatchObject({ level: 'Metadata', objectRef: { resource: 'secrets', name: 's' } });
    const patched = await server.raw(
      `${secrets}/s`,
      json(
        { stringData: { password: 'hunter3' } },
        { method: 'PATCH', headers: { 'content-type': 'application/merge-patch+json' } },
      ),
    );
    expect(patched.status).toBe(200);
    expect((await server.raw(`${secrets}/s`)).text).toContain(btoa('hunter3'));
    expect(readFileSync(log.path, 'utf8')).not.toMatch(/hunter|aHVudGVy/);
  });

  test('a request without its answer, as sent, in whatever form it was sent', async () => {
    const services = '/api/v1/namespaces/default/services';
    const body = 'kind: Service\napiVersion: v1\nmetadata: {name: api}\nspec: {ports: [{port: 80}]}\n';
    const answer = await server.raw(services, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/yaml' },
    });
    expect(answer.status).toBe(201);
    const event = await lastOf(answer);
    expect(event.requestObject).toMatchObject({ kind: 'Service', spec: { ports: [{ port: 80 }] } });
    expect(event).not.toHaveProperty('responseObject');
    const jsonPatch = [{ op: 'add', path: '/metadata/labels', value: { a: 'b' } }];
    const patched = await server.raw(
      `${services}/api`,
      json(jsonPatch, { method: 'PATCH', headers: { 'content-type': 'application/json-patch+json' } }),
    );
    expect((await lastOf(patched)).requestObject).toEqual(jsonPatch);
    const options = JSON.stringify({ gracePeriodSeconds: 0 });
    const deleted = await server.raw(`${services}/api`, {
      method: 'DELETE',
      body: options,
      headers: { 'content-type': 'application/json', 'content-length': String(options.length) },
    });
    expect((await lastOf(deleted)).requestObject).toEqual({ gracePeriodSeconds: 0 });
  });

  test('answers in other forms are recorded as JSON', async () => {
    const headers = { accept: 'application/yaml' };
    const yaml = await lastOf(await server.raw(`${configMaps}/first`, { headers }));
    expect(yaml.responseObject).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'first' } });
    const list = await lastOf(await server.raw(configMaps));
    expect(list.responseObject).toMatchObject({ kind: 'ConfigMapList' });
    expect(JSON.stringify(list.responseObject)).not.toContain('managedFields');
    const missing = await lastOf(await server.raw(`${configMaps}/missing`));
    expect(missing).toMatchObject({
      responseStatus: { code: 404, reason: 'NotFound', details: { name: 'missing', kind: 'configmaps' } },
      responseObject: { kind: 'Status', code: 404 },
    });
  });

  test('a watch has a beginning and an end', async () => {
    const watch = server.watch(`${configMaps}?watch=1&timeoutSeconds=1`);
    await eventually('it ends', () => watch.ended, { everyMs: 20 });
    const events = (await log.events()).filter(
      ({ verb, user }) => verb === 'watch' && user.username === 'kubernetes-admin',
    );
    expect(events.map(({ stage, responseStatus }) => [stage, responseStatus?.code])).toEqual([
      ['RequestReceived', undefined],
      ['ResponseStarted', 200],
      ['ResponseComplete', 200],
    ]);
  });

  test('paths that are no resources have no object', async () => {
    const event = await lastOf(await server.raw('/version', { headers: { 'x-forwarded-for': '203.0.113.9' } }));
    expect(event).toMatchObject({ verb: 'get', requestURI: '/version', sourceIPs: ['203.0.113.9', '127.0.0.1'] });
    expect(event).not.toHaveProperty('objectRef');
  });

  test('the figures', async () => {
    const { text } = await server.raw('/metrics');
    for (const name of ['event_total', 'requests_rejected_total', 'level_total{level="Metadata"}']) {
      expect(text).toMatch(new RegExp(`^apiserver_audit_${name.replaceAll(/[{}]/g, '\\$&')} \\d+$`, 'm'));
    }
  });

  const kubectl = (args: string[]) => run(kubectlPath, ['--kubeconfig', server.paths.kubeconfig, ...args]);
  const audit = (args: string[]) =>
    run(join(root, 'cli/minikctl'), ['--kubeconfig', server.paths.kubeconfig, 'audit', '--file', log.path, ...args]);

  test.skipIf(kubectlMissing !== undefined)('kubectl as two users, and minikctl audit tells them apart', async () => {
    const token = ['--token', 'alices-token', '--server', server.url, '--certificate-authority', server.pki('ca.crt')];
    const alice = (args: string[]) => run(kubectlPath, ['--kubeconfig', '/dev/null', ...token, ...args]);
    const steps = [
      await kubectl(['create', 'deployment', 'web', '--image', 'busybox:1.35']),
      await alice(['scale', 'deployment/web', '--replicas', '3']),
      await kubectl(['--as', 'alice', 'annotate', 'deployment/web', 'a=b']),
      await kubectl(['delete', 'deployment/web']),
    ];
    expect(steps.map(({ status, stderr }) => (status === 0 ? 0 : stderr))).toEqual([0, 0, 0, 0]);
    const { stdout, status } = await audit(['deploy/web', '--verb', 'create,patch,delete', '--since', '1h']);
    expect(status).toBe(0);
    const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {3}/;
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^TIME +USER +VERB +RESOURCE +CODE +FROM +REVISION$/);
    expect(rows.map((row) => (time.test(row) ? row.replace(time, '').split(/ {3,}/) : row))).toEqual([
      ['kubernetes-admin', 'create', 'deployments.apps/web', '201', '127.0.0.1', expect.stringMatching(/^\d+$/)],
      ['alice', 'patch', 'deployments.apps/web/scale', '200', '127.0.0.1', expect.stringMatching(/^\d+$/)],
      [
        'alice (by kubernetes-admin)',
        'patch',
        'deployments.apps/web',
        '200',
        '127.0.0.1',
        expect.stringMatching(/^\d+$/),
      ],
      ['kubernetes-admin', 'delete', 'deployments.apps/web', '200', '127.0.0.1', expect.stringMatching(/^\d+$/)],
    ]);
    const ofAlice = await audit(['deployments', '--user', 'alice', '-o', 'json']);
    const list = JSON.parse(ofAlice.stdout);
    expect(list).toMatchObject({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1' });
    const writes = (list.items as AuditEvent[]).filter(({ verb }) => verb === 'patch');
    expect(writes.map(({ userAgent }) => userAgent)).toEqual(writes.map(() => expect.stringMatching(/^kubectl/)));
    expect(writes).toHaveLength(2);
    const nothing = await audit(['deploy/web', '-n', 'kube-system']);
    expect(nothing).toMatchObject({ status: 0, stdout: '', stderr: 'No audit events found.\n' });
    const wrong = await audit(['nonsense/web']);
    expect(wrong).toMatchObject({ status: 1, stderr: 'error: the server doesn\'t have a resource type "nonsense"\n' });
  });

  test('minikctl audit -f goes on with what comes', async () => {
    const args = [
      '--kubeconfig',
      server.paths.kubeconfig,
      'audit',
      '--file',
      log.path,
      '-f',
      'cm/followed',
      '--no-headers',
    ];
    const child = spawn(join(root, 'cli/minikctl'), args);
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    for (const name of ['followed', 'other', 'followed'])
      await server.raw(`${configMaps}/${name}`, { method: 'DELETE' });
    await eventually('both are told', () => text.split('\n').length > 2, { everyMs: 20 });
    child.kill('SIGINT');
    await once(child, 'exit');
    expect(text.trimEnd().split('\n')).toHaveLength(2);
    expect(text).not.toContain('other');
  });
});

describe('no line is lost or torn', () => {
  const rules = `omitStages: [RequestReceived], rules: [
    {level: RequestResponse, resources: [{group: "", resources: [configmaps]}]}]`;
  const body = (name: string): RawOptions =>
    json({ metadata: { name }, data: { text: 'x'.repeat(20_000) } }, { keepAlive: true });

  /** Asks until `enough`, several at a time; resolves to the audit ids of what was answered. */
  async function load(server: ApiServer, prefix: string, enough: (answered: number) => boolean): Promise<string[]> {
    const ids: string[] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      while (!enough(ids.length)) {
        try {
          const { status, headers } = await server.raw(configMaps, body(`${prefix}-${next++}`));
          expect(status).toBe(201);
          ids.push(String(headers['audit-id']));
        } catch (error) {
          if (
            error instanceof Error &&
            /ECONN|socket hang up|EPIPE/.test(`${error.message}${(error as NodeJS.ErrnoException).code}`)
          )
            return;
          throw error;
        }
      }
    };
    await Promise.all(Array.from({ length: 8 }, work));
    return ids;
  }

  const completed = async (log: AuditLog): Promise<string[]> =>
    (await log.at('ResponseComplete', ({ verb }) => verb === 'create')).map(({ auditID }) => auditID);

  test('while the log is set aside and compressed', async () => {
    const flags = { 'audit-log-maxsize': '1', 'audit-log-compress': 'true' };
    const { server, log } = await startRecording('rotated', rules, port + 1, flags);
    try {
      const ids = await load(server, 'rotated', (answered) => answered >= 300);
      expect((await completed(log)).sort()).toEqual(ids.sort());
      const files = readdirSync(join(directory, 'rotated'));
      expect(files.length).toBeGreaterThan(8);
      for (const file of files) {
        expect(file).toMatch(/^audit(-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3})?\.log(\.gz)?$|^\..*\.tmp$/);
        const { mode, size } = statSync(join(directory, 'rotated', file));
        expect([mode & 0o777, size < 1_100_000]).toEqual([0o600, true]);
      }
      await eventually('all are compressed', () => {
        const left = readdirSync(join(directory, 'rotated')).filter((file) => /^audit-.*\.log$/.test(file));
        return left.length === 0;
      });
      expect((await completed(log)).sort()).toEqual(ids.sort());
    } finally {
      await server.remove();
    }
  });

  test.each([
    ['SIGTERM', 'blocking'],
    ['SIGTERM', 'batch'],
    ['SIGKILL', 'blocking'],
  ] as const)('at a %s in mode %s', async (signal, mode) => {
    const name = `${signal}-${mode}`.toLowerCase();
    const { server, log } = await startRecording(name, rules, port + 2, {
      'audit-log-mode': mode,
      'audit-log-batch-max-wait': '10m',
    });
    try {
      let answered = 0;
      const loading = load(server, name, (count) => {
        answered = count;
        return false;
      });
      await eventually('there is something to lose', () => answered >= 40, { everyMs: 5 });
      await server.stop(signal);
      const ids = await loading;
      expect(await completed(log)).toEqual(expect.arrayContaining(ids));
    } finally {
      await server.remove();
    }
  });

  test('what cannot be written lets a request pass, or not, as the mode says', async () => {
    const flags = { 'audit-log-path': '/dev/full' };
    const everything = 'rules: [{level: None, nonResourceURLs: [/readyz, /metrics]}, {level: Metadata}]';
    const blocking = await startRecording('full', everything, port + 3, flags);
    try {
      expect((await blocking.server.raw(configMaps)).status).toBe(200);
      const { text } = await blocking.server.raw('/metrics');
      expect(text).toMatch(/^apiserver_audit_error_total\{plugin="log"\} [1-9]/m);
      expect(blocking.server.log).toContain('Cannot write to the audit log');
    } finally {
      await blocking.server.remove();
    }
    const strict = await startRecording('strict', everything, port + 3, {
      ...flags,
      'audit-log-mode': 'blocking-strict',
    });
    try {
      const answer = await strict.server.raw(configMaps);
      expect([answer.status, JSON.parse(answer.text).message]).toEqual([
        500,
        'Internal error occurred: failed to store audit event',
      ]);
      const { text } = await strict.server.raw('/metrics');
      expect(text).toMatch(/^apiserver_audit_requests_rejected_total [1-9]/m);
    } finally {
      await strict.server.remove();
    }
  });
});

test('events are sent to a webhook, and again when it failed; large ones without their bodies', async () => {
  const lists: { kind: string; items: AuditEvent[] }[] = [];
  let failures = 1;
  const receiver = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      if (failures-- > 0) return response.writeHead(503).end();
      lists.push(JSON.parse(text));
      return response.writeHead(200).end();
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const kubeconfig = join(directory, 'webhook.kubeconfig');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      'current-context': 'webhook',
      clusters: [
        { name: 'webhook', cluster: { server: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/sink` } },
      ],
      contexts: [{ name: 'webhook', context: { cluster: 'webhook', user: '' } }],
    }),
  );
  const server = await ApiServer.start(store.endpoint, port + 4, {
    'audit-policy-file': policyOf(
      'webhook',
      'rules: [{level: RequestResponse, resources: [{group: "", resources: [configmaps]}]}]',
    ),
    'audit-webhook-config-file': kubeconfig,
    'audit-webhook-batch-max-wait': '20ms',
    'audit-webhook-initial-backoff': '20ms',
    'audit-webhook-truncate-enabled': 'true',
    'audit-webhook-truncate-max-event-size': '5000',
  });
  try {
    const small = await server.raw(configMaps, json({ metadata: { name: 'sent-small' } }));
    const large = await server.raw(
      configMaps,
      json({ metadata: { name: 'sent-large' }, data: { a: 'x'.repeat(9000) } }),
    );
    const find = ({ headers }: RawAnswer): AuditEvent | undefined =>
      lists
        .flatMap(({ items }) => items)
        .find(({ auditID, stage }) => auditID === headers['audit-id'] && stage === 'ResponseComplete');
    await eventually('both have come', () => find(small) && find(large));
    expect(lists[0]).toMatchObject({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1' });
    expect(find(small)).toHaveProperty('responseObject');
    expect(find(large)).toMatchObject({ annotations: { 'audit.k8s.io/truncated': 'true' } });
    expect(find(large)).not.toHaveProperty('responseObject');
  } finally {
    await server.remove();
    receiver.close();
    receiver.closeAllConnections();
  }
});

describe('a server does not start with', () => {
  const flagsOf = (flags: Record<string, string>): string[] =>
    Object.entries({
      'tls-cert-file': '/dev/null',
      'tls-private-key-file': '/dev/null',
      'audit-log-path': join(directory, 'never.log'),
      ...flags,
    }).map(([name, value]) => `--${name}=${value}`);

  test.each([
    ['rules: [{level: Some}]', {}, /loading audit policy file .*rules\[0\]\.level: Unsupported value: "Some"/],
    ['rules: []', {}, /loaded illegal policy with 0 rules/],
    ['rules: [{level: None}]', { 'audit-log-maxage': '-1' }, /--audit-log-maxage -1 can't be a negative number/],
    ['rules: [{level: None}]', { 'audit-log-mode': 'sometimes' }, /choices are batch, blocking, blocking-strict/],
    ['rules: [{level: None}]', { 'audit-log-path': '/proc/nowhere/audit.log' }, /--audit-log-path: /],
    ['rules: [{level: None}]', { 'audit-webhook-config-file': '/nowhere' }, /error loading config file "\/nowhere"/],
  ])('%s %o', async (rules, flags, message) => {
    const args = flagsOf({ 'audit-policy-file': policyOf('wrong', rules), ...flags });
    const { status, stderr } = await run(process.execPath, [join(root, 'apiserver/main.ts'), ...args]);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(status).toBe(1);
  });
});
