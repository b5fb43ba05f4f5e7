/**
 * A kubelet that has a bootstrap token and nothing else: how it comes by its certificates, and that it goes on when they are replaced.
 * The certificates last for seconds here.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { certificatesigningrequests } from '../api/kinds/certificatesigningrequests.ts';
import { leases } from '../api/kinds/leases.ts';
import { nodes } from '../api/kinds/nodes.ts';
import { pods } from '../api/kinds/pods.ts';
import { secrets } from '../api/kinds/secrets.ts';
import { serviceaccounts } from '../api/kinds/serviceaccounts.ts';
import { isConditionTrue } from '../api/meta.ts';
import type { CertificateSigningRequest } from '../api/types.ts';
import { ensureBootstrapObjects } from '../cli/bootstrap/bootstrap-objects.ts';
import { defaultGroup, formatToken, secretOfToken } from '../cli/bootstrap/tokens.ts';
import type { RestClient } from '../client/rest.ts';
import { ApiServer } from './harness/apiserver.ts';
import { type Running, startComponent } from './harness/component.ts';
import { compileCache, type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';

const root = resolve(import.meta.dirname, '..');
const [good, weak] = [
  { id: 'abcdef', secret: '0123456789abcdef' },
  { id: 'nobody', secret: '0123456789abcdef' },
];
const lifeMs = 20_000;

let store: EtcdServer;
let server: ApiServer;
let admin: RestClient;
let controllers: Running;

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 25_320, { 'enable-bootstrap-token-auth': 'true' });
  admin = server.client();
  controllers = await startComponent('controllers', server, 25_321, [
    '--leader-elect=false',
    '--allocate-node-cidrs',
    '--cluster-cidr=10.244.0.0/16',
    `--root-ca-file=${server.pki('ca.crt')}`,
    `--cluster-signing-cert-file=${server.pki('ca.crt')}`,
    `--cluster-signing-key-file=${server.pki('ca.key')}`,
    `--cluster-signing-duration=${lifeMs}ms`,
  ]);
  await ensureBootstrapObjects(admin);
  const made = { ttlMs: 3_600_000, usages: ['authentication'], description: '' };
  await admin.of(secrets).create(secretOfToken(good, { ...made, groups: [defaultGroup] }, Date.now()));
  await admin.of(secrets).create(secretOfToken(weak, { ...made, groups: [] }, Date.now()));
});

afterAll(async () => {
  admin?.close();
  await controllers?.stop();
  await server?.remove();
  await store?.remove();
});

/** A kubelet process that begins with that token. */
class Kubelet {
  readonly directory = mkdtempSync(join(tmpdir(), 'minik-kubelet-'));
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  log = '';

  constructor(node: string, token: typeof good, port: number) {
    const config = {
      clusters: [{ name: 'c', cluster: { server: server.url, 'certificate-authority': server.pki('ca.crt') } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'c',
      users: [{ name: 'u', user: { token: formatToken(token) } }],
    };
    writeFileSync(this.file('bootstrap.conf'), JSON.stringify(config));
    const flags = {
      'bootstrap-kubeconfig': this.file('bootstrap.conf'),
      kubeconfig: this.file('kubelet.conf'),
      'cert-dir': this.file('pki'),
      'rotate-certificates': true,
      'rotate-server-certificates': true,
      'client-ca-file': server.pki('ca.crt'),
      'hostname-override': node,
      'node-ip': '127.0.0.1',
      port,
      'healthz-port': port + 1,
      'root-dir': this.file('root'),
      'container-runtime': 'fake',
      'node-lease-duration-seconds': 4,
      v: 4,
    };
    const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    this.#child = spawn(process.execPath, [join(root, 'kubelet/main.ts'), ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...compileCache },
    });
    this.#child.stderr!.setEncoding('utf8').on('data', (text) => {
      this.log += text;
    });
    this.#ended = new Promise((done) => this.#child.once('exit', done));
  }

  file(name: string): string {
    return join(this.directory, name);
  }

  /** The certificate with which it shows who it is. */
  certificate(): X509Certificate {
    return new X509Certificate(readFileSync(this.file('pki/kubelet-client-current.pem')));
  }

  get ended(): Promise<number | null> {
    return this.#ended;
  }

  async remove(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
    rmSync(this.directory, { recursive: true, force: true });
  }
}

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('a kubelet with a bootstrap token', () => {
  let kubelet: Kubelet;
  beforeAll(() => {
    kubelet = new Kubelet('n1', good, 25_322);
  });
  afterAll(() => kubelet.remove());

  test('gets a certificate for its node, registers with it, and keeps it to itself', async () => {
    await eventually('the node is Ready', async () => {
      const node = await admin.of(nodes).get('n1');
      return isConditionTrue(node.status?.conditions, 'Ready');
    });
    expect(kubelet.certificate().subject.split('\n').sort()).toEqual(['CN=system:node:n1', 'O=system:nodes']);
    expect(modeOf(kubelet.file('kubelet.conf'))).toBe('600');
    expect(modeOf(kubelet.file('pki/kubelet-client-current.pem'))).toBe('600');
    expect(modeOf(kubelet.file('pki'))).toBe('700');
    expect(readFileSync(kubelet.file('kubelet.conf'), 'utf8')).not.toContain('token');
  });

  test('serves once somebody has approved its other certificate', async () => {
    expect(existsSync(kubelet.file('pki/kubelet-server-current.pem'))).toBe(false);
    await expect(askKubelet(25_322)).rejects.toThrow();
    const asked = await eventually('the request', async () => {
      const { items } = await admin.of(certificatesigningrequests).list();
      return items.find(({ spec }) => spec.signerName === 'kubernetes.io/kubelet-serving');
    });
    expect(asked).toMatchObject({ spec: { username: 'system:node:n1', usages: ['digital signature', 'server auth'] } });
    const approved = [{ type: 'Approved', status: 'True', reason: 'Test' }];
    await admin
      .of(certificatesigningrequests)
      .patch(asked.metadata.name!, undefined, { status: { conditions: approved } }, { subresource: 'approval' });
    expect(await eventually('it serves', () => askKubelet(25_322))).toBe(200);
    expect(modeOf(kubelet.file('pki/kubelet-server-current.pem'))).toBe('600');
  });

  test('replaces its certificate in time, and goes on as if nothing had been', async () => {
    const first = kubelet.certificate();
    const ends = Date.parse(first.validTo);
    const replaced = await eventually('the certificate is replaced', () => {
      const now = kubelet.certificate();
      return now.serialNumber !== first.serialNumber && now;
    });
    expect(Date.now()).toBeLessThan(ends);
    expect(replaced.subject).toBe(first.subject);
    const own = await requestsOf('system:node:n1');
    expect(own.length).toBeGreaterThan(0);
    await eventually('the first has ended', () => Date.now() > ends + 1000, { everyMs: 500 });
    await admin
      .of(serviceaccounts)
      .create({ metadata: { name: 'default', namespace: 'default' } })
      .catch(() => undefined);
    await admin.of(pods).create({
      metadata: { name: 'late', namespace: 'default' },
      spec: { nodeName: 'n1', containers: [{ name: 'main', image: 'busybox:1.35' }] },
    });
    await eventually(
      'a pod runs',
      async () => (await admin.of(pods).get('late', 'default')).status?.phase === 'Running',
    );
    const renewed = async () => (await admin.of(leases).get('n1', 'kube-node-lease')).spec?.renewTime;
    const before = await renewed();
    await eventually('the lease is renewed', async () => (await renewed()) !== before);
    expect(kubelet.log).not.toContain('Unauthorized');
    expect(kubelet.log).not.toContain('Watch failed');
  });
});

const requestsOf = async (user: string): Promise<CertificateSigningRequest[]> =>
  (await admin.of(certificatesigningrequests).list()).items.filter(
    ({ spec }) => spec.username === user && spec.signerName === 'kubernetes.io/kube-apiserver-client-kubelet',
  );

/** The status of an answer of the kubelet, which shows a certificate of the cluster. */
function askKubelet(port: number): Promise<number> {
  const [ca, cert, key] = ['ca.crt', 'admin.crt', 'admin.key'].map((name) => readFileSync(server.pki(name)));
  return new Promise((done, reject) => {
    request({ host: '127.0.0.1', port, path: '/healthz', ca, cert, key, agent: false }, (answer) => {
      answer.resume();
      done(answer.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

test('a token that may not ask for certificates ends the start with the reason', async () => {
  const kubelet = new Kubelet('n2', weak, 25_324);
  try {
    expect(await kubelet.ended).toBe(1);
    expect(kubelet.log).toContain('User "system:bootstrap:nobody" cannot create resource "certificatesigningrequests"');
  } finally {
    await kubelet.remove();
  }
});
