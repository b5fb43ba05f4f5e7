/** examples/teams: each person, and each program, may do what its README promises and nothing else; the log names them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { pods } from '../api/kinds/pods.ts';
import { pathsOf } from '../cli/cluster/layout.ts';
import { loadKubeconfig } from '../client/kubeconfig.ts';
import { RestClient } from '../client/rest.ts';
import { AuditLog } from './harness/audit-log.ts';
import { root } from './harness/cluster.ts';
import { etcdctlOutput, etcdctlPresent } from './harness/etcdctl.ts';
import { idToken } from './harness/openid-login.ts';
import { WalkThrough } from './harness/walk-through.ts';

const home = mkdtempSync(join(tmpdir(), 'minik-teams-'));
const teams = join(home, 'minik-teams');
const paths = pathsOf(join(teams, 'cluster'));
const { MINIK_HOME: _, KUBECONFIG: __, ...environment } = process.env;
const readme = new WalkThrough(join(root, 'examples/teams/README.md'), root, { ...environment, HOME: home });
const [logIn, start] = readme.sections;
const putAway = readme.sections.at(-1);
let admin: RestClient;
const clients: Record<string, RestClient> = {};

beforeAll(async () => {
  await readme.play(logIn);
  await readme.play(start);
  const config = loadKubeconfig(paths.kubeconfig);
  const as = (token: string): RestClient => new RestClient({ server: config.server, ca: config.ca, token });
  admin = new RestClient(config);
  const { jwt } = parse(readFileSync(join(teams, 'sso/authentication.yaml'), 'utf8'));
  for (const person of ['ann', 'dan', 'olga', 'paula']) {
    clients[person] = as(await idToken(jwt[0].issuer.url, join(teams, 'sso/openid-ca.crt'), person));
  }
  clients['ci'] = as(await accountToken('ci', 'rollout'));
  clients['scraper'] = as(await accountToken('monitoring', 'scraper'));
  // The account that pods of dev have.
  clients['pod'] = as(await accountToken('dev', 'default'));
});

afterAll(async () => {
  for (const client of [admin, ...Object.values(clients)]) client?.close();
  try {
    await readme.play(putAway);
  } finally {
    await readme.shell.run('kill $sso');
    readme.close();
    rmSync(home, { recursive: true, force: true });
  }
});

async function accountToken(namespace: string, name: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const { text } = await admin.request({ method: 'POST', path, body });
  return (JSON.parse(text) as { status: { token: string } }).status.token;
}

/** `patch deployments.apps/web/scale in prod`, or `get /metrics`. */
async function may(person: string, access: string): Promise<boolean> {
  const found = /^(\w+) (?:(\/\S*)|([a-z]+)(?:\.([a-z.0-9]+))?(?:\/([a-z0-9*-]*))?(?:\/([a-z]+))?)(?: in (\S+))?$/.exec(
    access,
  );
  if (!found) throw new Error(`what is ${access}?`);
  const [, verb, url, plural, group, name, subresource, namespace] = found;
  const attributes = { verb, resource: plural, group, name: name === '*' ? '' : name, subresource, namespace };
  const spec = url ? { nonResourceAttributes: { verb, path: url } } : { resourceAttributes: attributes };
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec };
  const { text } = await clients[person]!.request({ method: 'POST', path, body });
  return (JSON.parse(text) as { status: { allowed: boolean } }).status.allowed;
}

const people = ['ann', 'dan', 'olga', 'paula', 'ci', 'scraper', 'pod'];
const teamMembers = ['ann', 'dan', 'olga', 'paula'];
test.each<[string, string[]]>([
  ['create pods in dev', teamMembers],
  ['create pods/*/exec in dev', teamMembers],
  ['delete deployments.apps in dev', teamMembers],
  ['get secrets in dev', teamMembers],
  ['create rolebindings.rbac.authorization.k8s.io in dev', ['paula']],
  ['update resourcequotas/dev in dev', ['paula']],
  ['update limitranges/containers in dev', ['paula']],
  ['get deployments.apps/web in prod', [...teamMembers, 'ci']],
  ['get pods/*/log in prod', teamMembers],
  ['list pods in prod', [...teamMembers, 'scraper']],
  ['get secrets in prod', ['paula']],
  ['create pods in prod', ['paula']],
  ['create pods/*/exec in prod', ['olga', 'paula']],
  ['get pods/*/exec in prod', ['olga', 'paula']],
  ['create pods/*/attach in prod', ['paula']],
  ['create pods/*/portforward in prod', ['paula']],
  ['update pods/*/ephemeralcontainers in prod', ['paula']],
  ['delete pods in prod', ['olga', 'paula']],
  ['deletecollection pods in prod', ['paula']],
  ['patch deployments.apps/web in prod', ['paula', 'ci']],
  ['patch deployments.apps/other in prod', ['paula']],
  ['patch deployments.apps in prod', ['paula']],
  ['patch deployments.apps/web in dev', teamMembers],
  ['patch deployments.apps/web/scale in prod', ['paula']],
  ['update deployments.apps/web in prod', ['paula']],
  ['delete deployments.apps/web in prod', ['paula']],
  ['list deployments.apps in prod', ['ann', 'dan', 'olga', 'paula']],
  ['update configmaps/allowed-images in prod', ['paula']],
  ['create serviceaccounts/rollout/token in ci', ['paula']],
  ['impersonate serviceaccounts/rollout in ci', ['paula']],
  ['impersonate users', ['paula']],
  ['list pods in monitoring', ['paula', 'scraper']],
  ['list pods in kube-system', ['paula', 'scraper']],
  ['create pods in monitoring', ['paula']],
  ['list nodes', ['paula', 'scraper']],
  ['get nodes/minik-1/metrics', ['paula', 'scraper']],
  ['get nodes/minik-1/proxy', ['paula']],
  ['get /metrics', ['paula', 'scraper']],
  ['get /version', people],
  ['create namespaces', ['paula']],
  ['create certificatesigningrequests.certificates.k8s.io', ['paula']],
  ['delete validatingadmissionpolicybindings.admissionregistration.k8s.io/owner', ['paula']],
])('%s: %j', async (access, expected) => {
  const answers = await Promise.all(people.map((person) => may(person, access)));
  expect(people.filter((_, i) => answers[i])).toEqual(expected);
});

const pod = (name: string, owner: string) => ({
  metadata: { name, namespace: 'dev', labels: { owner } },
  // No node has it, so nothing is started.
  spec: { nodeSelector: { none: 'such' }, containers: [{ name: 'web', image: 'busybox:1.35' }] },
});

test('a deletion of all deletes nothing of others', async () => {
  await clients['ann']!.of(pods).create(pod('not-yours', 'team-web'));
  await expect(clients['dan']!.of(pods).deleteCollection({ namespace: 'dev' })).rejects.toMatchObject({
    code: 403,
    message: expect.stringContaining('label owner is "team-web"'),
  });
  await clients['olga']!.of(pods).delete('not-yours', 'dev', { gracePeriodSeconds: 0 });
});

test('what belongs to one team the other cannot take over, nor give away what is its own', async () => {
  await clients['ann']!.of(pods).create(pod('mine', 'team-web'));
  const give = (person: string, owner: string): Promise<unknown> =>
    clients[person]!.of(pods).patch('mine', 'dev', { metadata: { labels: { owner } } }, { type: 'merge' });
  const forbidden = { code: 403, message: expect.stringContaining("ValidatingAdmissionPolicy 'own-team'") };
  await expect(give('dan', 'team-data')).rejects.toMatchObject(forbidden);
  await expect(give('ann', 'team-data')).rejects.toMatchObject(forbidden);
  await expect(clients['ann']!.of(pods).create(pod('theirs', 'team-data'))).rejects.toMatchObject(forbidden);
  await give('paula', 'team-data');
  await clients['dan']!.of(pods).delete('mine', 'dev', { gracePeriodSeconds: 0 });
});

test('dev is full with ten pods, whoever they belong to', async () => {
  const made: string[] = [];
  const makeUntilFull = async (): Promise<void> => {
    for (let i = 0; i <= 10; i++) {
      const [person, owner] = i % 2 ? ['ann', 'team-web'] : ['dan', 'team-data'];
      await clients[person!]!.of(pods).create(pod(`fill-${i}`, owner!));
      made.push(`fill-${i}`);
    }
  };
  await expect(makeUntilFull()).rejects.toMatchObject({
    code: 403,
    message: expect.stringMatching(/exceeded quota: dev, requested: pods=1, used: pods=10, limited: pods=10$/),
  });
  await Promise.all(made.map((name) => admin.of(pods).delete(name, 'dev', { gracePeriodSeconds: 0 })));
});

test('the log names who it was for every write, with what was sent to prod', async () => {
  const log = new AuditLog(paths.auditLog);
  const recorded: Record<string, string> = {};
  for (const person of ['ann', 'dan', 'olga', 'paula']) {
    const path = '/api/v1/namespaces/prod/configmaps/allowed-images';
    const body = { data: { by: person } };
    const sent = { method: 'PATCH', path, body, contentType: 'application/merge-patch+json' };
    await clients[person]!.request(sent).catch((error) => expect(error).toMatchObject({ code: 403 }));
    const [event] = (
      await log.at('ResponseComplete', ({ user, verb, objectRef }) => {
        return (
          user.username === `oidc:${person}@example.com` && verb === 'patch' && objectRef?.resource === 'configmaps'
        );
      })
    ).slice(-1);
    recorded[person] = `${event?.level} ${event?.responseStatus?.code} ${JSON.stringify(event?.requestObject)}`;
  }
  expect(recorded).toEqual({
    ann: 'Metadata 403 undefined',
    dan: 'Metadata 403 undefined',
    olga: expect.stringMatching(/^Request 403 /),
    paula: 'Request 200 {"data":{"by":"paula"}}',
  });
  expect(readFileSync(paths.auditLog, 'utf8')).not.toMatch(/"token":"ey/);
});

test('monitoring reads the metrics of the API server, and nobody of a team does', async () => {
  const metrics = { path: '/metrics' };
  expect((await clients['scraper']!.request(metrics)).text).toContain('apiserver_request_total');
  await expect(clients['ann']!.request(metrics)).rejects.toMatchObject({ code: 403 });
});

test.skipIf(!etcdctlPresent)('the store has no Secret and no ConfigMap in plain text', async () => {
  const stored = (key: string) => etcdctlOutput(`unix://${paths.storeSocket}`, 'get', key, '--print-value-only');
  expect(await stored('/registry/configmaps/prod/allowed-images')).toMatch(/^k8s:enc:secretbox:v1:key1:/);
});
