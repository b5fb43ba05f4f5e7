/** Aggregation: an API server that serves a group behind another one, which passes requests on in the name of their senders. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { conditionOf } from '../api/meta.ts';
import type { APIService } from '../api/types.ts';
import { ApiServer, type RawOptions } from './harness/apiserver.ts';
import { type Authority, createAuthority, openAuthority } from './harness/certificates.ts';
import {
  define,
  definitionOf,
  definitionPath,
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
import { ownAddress } from './harness/webhook-configurations.ts';

let stores: EtcdServer[];
let front: ApiServer;
/** Serves `flunders` of `tests.example.com`. */
let extension: ApiServer;
let directory: string;
let frontProxy: Authority;
const extensionPort = 25611;

const services = '/apis/apiregistration.k8s.io/v1/apiservices';
const flunders = objectsPath('flunders');
const service = 'v1.tests.example.com';
const fast = { everyMs: 20 };
const mergePatch = { 'content-type': 'application/merge-patch+json' };

beforeAll(async () => {
  if (!ownAddress) return;
  directory = mkdtempSync(join(tmpdir(), 'minik-front-proxy-'));
  frontProxy = await createAuthority(directory, 'front-proxy');
  const { certFile, keyFile } = await frontProxy.issue('front-proxy-client');
  stores = await Promise.all([startStore(), startStore()]);
  front = await ApiServer.start(stores[0]!.endpoint, 25610, {
    'proxy-client-cert-file': certFile,
    'proxy-client-key-file': keyFile,
    'requestheader-client-ca-file': frontProxy.caFile,
    'requestheader-allowed-names': 'front-proxy-client',
  });
  extension = await ApiServer.start(stores[1]!.endpoint, extensionPort, {
    'bind-address': '0.0.0.0',
    'requestheader-client-ca-file': frontProxy.caFile,
    'requestheader-allowed-names': 'front-proxy-client',
  });
  await extension.stop();
  await (await openAuthority(extension.paths.pki)).issue('apiserver', ['sample-api.default.svc']);
  await extension.launch();
  await define(
    definitionOf('flunders', [versionOf('v1', objectOf({ spec: objectOf({ size: { type: 'integer' } }) }))]),
    extension,
  );
  await expose('sample-api', extensionPort);
});

afterAll(async () => {
  await front?.remove();
  await extension?.remove();
  for (const store of stores ?? []) await store.remove();
  if (directory) rmSync(directory, { recursive: true });
});

/** A Service in `default` for a port of this machine. */
async function expose(name: string, port: number): Promise<void> {
  const metadata = { name, namespace: 'default' };
  const ports = [{ name: 'https', port: 443, protocol: 'TCP' }];
  await json(front, 'POST', '/api/v1/namespaces/default/services', { metadata, spec: { clusterIP: 'None', ports } });
  await json(front, 'POST', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [ownAddress] }],
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  });
}

const apiService = (group: string, name: string, caBundle: string, labels = {}) => ({
  metadata: { name: `v1.${group}`, labels },
  spec: {
    group,
    version: 'v1',
    service: { namespace: 'default', name },
    caBundle,
    groupPriorityMinimum: 2000,
    versionPriority: 200,
  },
});

const register = () =>
  json(
    front,
    'POST',
    services,
    apiService('tests.example.com', 'sample-api', readFileSync(extension.pki('ca.crt')).toString('base64')),
  );

const available = (name: string, reason: string) =>
  eventually(
    `${name} is ${reason}`,
    async () => {
      const { body } = await json<APIService>(front, 'GET', `${services}/${name}`);
      const condition = conditionOf(body.status?.conditions, 'Available');
      return condition?.reason === reason && condition;
    },
    fast,
  );

describe.skipIf(!ownAddress)('aggregation', () => {
  test('conformance: aggregator-supports-the-sample-apiserver', async () => {
    expect((await json(front, 'GET', flunders)).status).toBe(404);
    expect((await register()).status).toBe(201);
    expect(await available(service, 'Passed')).toMatchObject({ status: 'True', message: 'all checks passed' });

    // It can be used as any other resource.
    const created = await json(front, 'POST', flunders, objectNamed('Flunder', 'one', { spec: { size: 1 } }));
    expect([created.status, created.body.spec]).toEqual([201, { size: 1 }]);
    expect((await json(extension, 'GET', `${flunders}/one`)).body.metadata.uid).toBe(created.body.metadata.uid);
    const watch = front.watch(`${flunders}?watch=1`);
    await eventually('the first is seen', () => watch.events.length === 1, fast);
    const patched = await json(front, 'PATCH', `${flunders}/one`, { spec: { size: 2 } }, mergePatch);
    expect(patched.body.spec).toEqual({ size: 2 });
    await eventually('the change is seen', () => watch.events.length === 2, fast);
    watch.close();
    const wrong = await json(front, 'POST', flunders, objectNamed('Flunder', 'two', { spec: { size: 'x' } }));
    expect([wrong.status, wrong.body.reason]).toEqual([422, 'Invalid']);

    // It is found.
    const groups = (await json(front, 'GET', '/apis')).body.groups;
    expect(groups).toContainEqual(expect.objectContaining({ name: 'tests.example.com' }));
    const { body: list } = await json(front, 'GET', '/apis/tests.example.com/v1');
    expect(list.resources).toContainEqual(expect.objectContaining({ name: 'flunders', kind: 'Flunder' }));
    expect((await json(front, 'GET', '/apis/tests.example.com')).body.preferredVersion.version).toBe('v1');
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const aggregated = (await json(front, 'GET', '/apis', undefined, { accept })).body.items;
    const found = aggregated.find(
      ({ metadata }: { metadata: { name: string } }) => metadata.name === 'tests.example.com',
    );
    expect(found.versions[0].resources).toMatchObject([{ resource: 'flunders', scope: 'Namespaced' }]);
    const index = (await json(front, 'GET', '/openapi/v3')).body.paths;
    const url = index['apis/tests.example.com/v1'].serverRelativeURL;
    expect(Object.keys((await json(front, 'GET', url)).body.components.schemas)).toContain(
      'com.example.tests.v1.Flunder',
    );

    // Its registration can be read, changed and removed as any other object.
    const { body: read } = await json(front, 'GET', `${services}/${service}/status`);
    expect(conditionOf(read.status.conditions, 'Available')?.status).toBe('True');
    await json(front, 'PATCH', `${services}/${service}`, { metadata: { labels: { sample: 'yes' } } }, mergePatch);
    expect((await json(front, 'PUT', `${services}/${service}/status`, read)).status).toBe(409);
    const gone = await json(front, 'DELETE', `${services}?labelSelector=sample%3Dyes`);
    expect(gone.status).toBe(200);
    await eventually(
      'it is not served any more',
      async () => (await json(front, 'GET', flunders)).status === 404,
      fast,
    );
    const after = (await json(front, 'GET', '/apis')).body.groups;
    expect(after.map(({ name }: { name: string }) => name)).not.toContain('tests.example.com');
    await register();
    await available(service, 'Passed');
  });

  test.each([...kubectlPaths].filter(([minor]) => [27, 33].includes(minor)))(
    'kubectl 1.%i applies, explains and shows what another server serves',
    async (minor, path) => {
      const cache = join(directory, `cache-${minor}`);
      const kubectl = (args: string[], input = '') =>
        run(path, [...args, '--kubeconfig', front.paths.kubeconfig, `--cache-dir=${cache}`], { input });
      const name = `shown-${minor}`;
      const apply = (size: number) =>
        kubectl(['apply', '-f', '-'], JSON.stringify(objectNamed('Flunder', name, { spec: { size } })));
      const about = `flunder.tests.example.com/${name}`;
      expect(await apply(3)).toMatchObject({ status: 0, stdout: `${about} created\n` });
      expect(await apply(4)).toMatchObject({ status: 0, stdout: `${about} configured\n` });
      expect((await json(extension, 'GET', `${flunders}/${name}`)).body.spec.size).toBe(4);
      expect((await kubectl(['get', 'flunders', '--no-headers'])).stdout).toMatch(new RegExp(`^${name} +\\d+s$`, 'm'));
      expect((await kubectl(['explain', 'flunder.spec'])).stdout).toMatch(/size\t<integer>/);
      const shown = await kubectl(['get', 'apiservices', service, '--no-headers']);
      expect(shown.stdout).toMatch(/^v1\.tests\.example\.com +default\/sample-api +True +\d+s\n$/);
      expect((await kubectl(['delete', 'flunder', name])).status).toBe(0);
    },
  );

  test('custom resources have APIServices of their own', async () => {
    const local = () => json<APIService>(extension, 'GET', `${services}/${service}`);
    await eventually('it is registered', async () => (await local()).status === 200, fast);
    const { metadata, status } = (await local()).body;
    expect(metadata.labels).toEqual({ 'kube-aggregator.kubernetes.io/automanaged': 'true' });
    expect(conditionOf(status?.conditions, 'Available')).toMatchObject({ status: 'True', reason: 'Local' });
    const definition = definitionOf('gones', [versionOf('v1', objectOf({}))], { group: 'gone.example.com' });
    definition.metadata.name = 'gones.gone.example.com';
    await define(definition, extension);
    const registered = async () => (await json(extension, 'GET', `${services}/v1.gone.example.com`)).status === 200;
    await eventually('the other is registered', registered, fast);
    await json(extension, 'DELETE', definitionPath('gones.gone.example.com'));
    await eventually('it is registered no more', async () => !(await registered()), fast);
  });

  describe('in the name of the sender', () => {
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const list = (options: RawOptions = {}, server = front) =>
      server.raw(flunders, { identity: 'scheduler', ...options });
    const grant = async (server: ApiServer) => {
      const metadata = { name: 'flunders' };
      const rules = [{ apiGroups: ['tests.example.com'], resources: ['flunders'], verbs: ['list'] }];
      const apiGroup = 'rbac.authorization.k8s.io';
      await json(server, 'POST', `${rbac}/clusterroles`, { metadata, rules });
      await json(server, 'POST', `${rbac}/clusterrolebindings`, {
        metadata,
        roleRef: { apiGroup, kind: 'ClusterRole', name: 'flunders' },
        subjects: [{ apiGroup, kind: 'User', name: 'system:kube-scheduler' }],
      });
    };

    test('who may here and there', async () => {
      expect((await list()).status).toBe(403);
      await grant(front);
      const refused = await list();
      expect(refused.status).toBe(403);
      expect(refused.text).toContain('User \\"system:kube-scheduler\\" cannot list');
      await grant(extension);
      expect((await list()).status).toBe(200);
    });

    const admin = { 'x-remote-user': 'kubernetes-admin', 'x-remote-group': 'system:masters' };

    test('whatever headers the sender sends', async () => {
      const one = `${flunders}/one`;
      const asked = (headers: Record<string, string>) => front.raw(one, { identity: 'scheduler', headers });
      for (const headers of [
        admin,
        { 'X-Remote-Extra-scopes': 'all', ...admin },
        { connection: 'x-remote-user', ...admin },
      ])
        expect((await asked(headers)).status).toBe(403);
    });

    test('only a front proxy says who its client is', async () => {
      const secrets = '/api/v1/secrets';
      const pair = ({ certFile, keyFile }: { certFile: string; keyFile: string }) => ({
        cert: readFileSync(certFile),
        key: readFileSync(keyFile),
      });
      const proxy = pair(await frontProxy.issue('front-proxy-client'));
      const other = pair(await frontProxy.issue('system:masters'));
      const ask = (options: RawOptions) => extension.raw(secrets, options).then(({ status }) => status);
      expect(await ask({ credentials: proxy, headers: admin })).toBe(200);
      // Who does not say for whom it speaks is nobody, and another's name is no front proxy's.
      expect(await ask({ credentials: proxy })).toBe(401);
      expect(await ask({ credentials: other, headers: admin })).toBe(401);
      expect(await ask({ identity: 'scheduler', headers: admin })).toBe(403);
      expect(await ask({ identity: null, headers: admin })).toBe(403);
      // Neither is it a user by its certificate: that is for the other CA to say.
      const whoami = await extension.raw('/apis/authentication.k8s.io/v1/selfsubjectreviews', {
        method: 'POST',
        credentials: proxy,
        headers: {
          'content-type': 'application/json',
          'x-remote-user': 'jane, Ünal',
          'x-remote-group': 'a, system:masters',
          'x-remote-extra-acme.com%2fteam': 'dev',
        },
        body: JSON.stringify({ kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1' }),
      });
      expect(JSON.parse(whoami.text).status.userInfo).toMatchObject({
        groups: ['a, system:masters', 'system:authenticated'],
        extra: { 'acme.com/team': ['dev'] },
      });
    });

    test('whom to trust is told in a ConfigMap', async () => {
      const path = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';
      expect((await json(front, 'GET', path)).body.data).toEqual({
        'client-ca-file': readFileSync(front.pki('ca.crt'), 'utf8'),
        'requestheader-client-ca-file': readFileSync(frontProxy.caFile, 'utf8'),
        'requestheader-allowed-names': '["front-proxy-client"]',
        'requestheader-username-headers': '["X-Remote-User"]',
        'requestheader-uid-headers': '["X-Remote-Uid"]',
        'requestheader-group-headers': '["X-Remote-Group"]',
        'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
      });
    });
  });

  describe('a server that is not as it should be', () => {
    let lying: Server;
    let caBundle: string;
    let behave: 'redirects' | 'hangs' | 'is wrong' = 'redirects';

    beforeAll(async () => {
      const authority = await createAuthority(directory, 'lying');
      const { certFile, keyFile } = await authority.issue('lying-server', ['lying.default.svc']);
      caBundle = readFileSync(authority.caFile).toString('base64');
      lying = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (request, response) => {
        if (request.url === '/apis/lies.example.com/v1' && behave !== 'is wrong')
          response.end(JSON.stringify({ kind: 'APIResourceList', resources: [{ name: 1 }, null] }));
        else if (behave === 'redirects') response.writeHead(302, { location: 'https://elsewhere.example.com/' }).end();
        else if (behave === 'is wrong') response.writeHead(500).end();
      });
      await new Promise<void>((done) => lying.listen(0, '0.0.0.0', done));
      await expose('lying', (lying.address() as AddressInfo).port);
    });

    afterAll(() => {
      lying?.closeAllConnections();
      lying?.close();
    });

    const lies = 'v1.lies.example.com';
    const anything = '/apis/lies.example.com/v1/anythings';

    test('nobody is sent elsewhere by it', async () => {
      await json(front, 'POST', services, apiService('lies.example.com', 'lying', caBundle));
      await available(lies, 'Passed');
      const answer = await front.raw(anything);
      expect([answer.status, answer.text]).toEqual([
        502,
        'the backend attempted to redirect this request, which is not permitted',
      ]);
    });

    test('one that answers wrongly, is not whom it says, or is gone, is not asked', async () => {
      const change = (spec: object) => json(front, 'PATCH', `${services}/${lies}`, { spec }, mergePatch);
      behave = 'is wrong';
      await change({ versionPriority: 100 });
      const { message } = await available(lies, 'FailedDiscoveryCheck');
      expect(message).toMatch(/^failing or missing response from (https:\S+): bad status from \1: 500$/);
      const answer = await front.raw(anything);
      expect([answer.status, answer.text]).toEqual([503, 'service unavailable\n']);
      const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
      const { items } = (await json(front, 'GET', '/apis', undefined, { accept })).body;
      const group = items.find(({ metadata }: { metadata: { name: string } }) => metadata.name === 'lies.example.com');
      expect(group.versions).toEqual([{ version: 'v1', resources: [], freshness: 'Stale' }]);
      behave = 'redirects';
      await change({ versionPriority: 50 });
      await available(lies, 'Passed');
      await change({ caBundle: readFileSync(frontProxy.caFile).toString('base64') });
      expect((await available(lies, 'FailedDiscoveryCheck')).message).toContain(
        'x509: certificate signed by unknown authority',
      );
      await change({ caBundle: null, insecureSkipTLSVerify: true });
      await available(lies, 'Passed');
      await change({ service: { port: 444 } });
      expect((await available(lies, 'ServicePortError')).message).toBe(
        'service/lying in "default" is not listening on port 444',
      );
      await change({ service: { port: 443 } });
      await available(lies, 'Passed');
      await json(front, 'DELETE', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/lying');
      await available(lies, 'EndpointsNotFound');
      await json(front, 'DELETE', '/api/v1/namespaces/default/services/lying');
      expect((await available(lies, 'ServiceNotFound')).message).toBe('service/lying in "default" is not present');
      // Others are served as before.
      expect((await json(front, 'GET', flunders)).status).toBe(200);
    });
  });
});
