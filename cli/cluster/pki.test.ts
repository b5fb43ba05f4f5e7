import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, unlinkSync } from 'node:fs';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadKubeconfig } from '../../client/kubeconfig.ts';
import { type Cluster, makeDirectories, type Paths, pathsOf } from './layout.ts';
import { ensurePki } from './pki.ts';
import { slotAt } from './slot.ts';

const cluster: Cluster = { ...slotAt(0, true), runtime: 'fake', nodes: 1 };
let paths: Paths;

beforeEach(() => {
  paths = pathsOf(mkdtempSync(join(tmpdir(), 'minik-pki-')));
  makeDirectories(paths);
});
afterEach(() => rmSync(paths.dataDir, { recursive: true }));

const read = (file: string): Buffer => readFileSync(join(paths.pki, file));
const certificate = (file: string): X509Certificate => new X509Certificate(read(`${file}.crt`));

test('every process gets the identity that Kubernetes gives it', async () => {
  await ensurePki(cluster, paths);
  const ca = certificate('ca');
  const subjects = ['admin', 'scheduler', 'controllers', 'proxy', 'kubelet-minik-1', 'apiserver-kubelet-client'].map(
    (file) => {
      const leaf = certificate(file);
      expect(leaf.verify(ca.publicKey)).toBe(true);
      expect(leaf.checkPrivateKey(createPrivateKey(read(`${file}.key`)))).toBe(true);
      expect(statSync(join(paths.pki, `${file}.key`)).mode & 0o777).toBe(0o600);
      return leaf.subject;
    },
  );
  expect(subjects).toEqual([
    'CN=kubernetes-admin\nO=system:masters',
    'CN=system:kube-scheduler',
    'CN=system:kube-controller-manager',
    'CN=system:kube-proxy',
    'CN=system:node:minik-1\nO=system:nodes',
    'CN=kube-apiserver-kubelet-client',
  ]);
  const frontProxy = certificate('front-proxy-client');
  expect(frontProxy.subject).toBe('CN=front-proxy-client');
  expect(frontProxy.verify(certificate('front-proxy-ca').publicKey)).toBe(true);
  expect(frontProxy.verify(ca.publicKey)).toBe(false);
  expect(certificate('kubelet-minik-1-serving').checkIP('10.88.0.1')).toBe('10.88.0.1');
});

test('Node serves and connects with them, both sides verified', async () => {
  await ensurePki(cluster, paths);
  const server = createServer(
    { cert: read('apiserver.crt'), key: read('apiserver.key'), ca: read('ca.crt'), requestCert: true },
    (incoming, response) => response.end(String((incoming.socket as TLSSocket).getPeerCertificate().subject.CN)),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { ca, cert, key, server: url } = loadKubeconfig(paths.kubeconfig);
  expect(url).toBe('https://127.0.0.1:6443');
  const { port } = server.address() as AddressInfo;
  const answer = await new Promise<string>((resolve, reject) => {
    request({ host: '127.0.0.1', port, ca, cert, key }, (response) => {
      response.setEncoding('utf8').on('data', resolve);
    })
      .on('error', reject)
      .end();
  });
  server.close();
  expect(answer).toBe('kubernetes-admin');
});

test('a second run makes nothing; later ones only what is missing, broken, new or expiring', async () => {
  await ensurePki(cluster, paths);
  const before = read('ca.crt');
  expect(await ensurePki(cluster, paths)).toEqual([]);

  unlinkSync(join(paths.pki, 'proxy.crt'));
  truncateSync(join(paths.pki, 'admin.key'), 20);
  expect(await ensurePki(cluster, paths)).toEqual(['admin', 'proxy']);
  expect(await ensurePki({ ...cluster, nodes: 2 }, paths)).toEqual(['kubelet-minik-2', 'kubelet-minik-2-serving']);
  expect(read('ca.crt')).toEqual(before);

  const nextYear = new Date(Date.now() + 350 * 86_400_000);
  expect(await ensurePki(cluster, paths, nextYear)).toContain('apiserver');
  expect(read('ca.crt')).toEqual(before);
});

test('a lost CA means new certificates for all', async () => {
  await ensurePki(cluster, paths);
  unlinkSync(join(paths.pki, 'ca.key'));
  expect(await ensurePki(cluster, paths)).toContain('apiserver-kubelet-client');
  expect(certificate('admin').verify(certificate('ca').publicKey)).toBe(true);
});
