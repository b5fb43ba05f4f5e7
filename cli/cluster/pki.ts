/**
 * A cluster's keys and certificates: its CA and that of front proxies, a client certificate with Kubernetes' identity for every process, serving
 * certificates, the service accounts' signing key, and a kubeconfig for each client.
 *
 * `ensurePki` makes what is missing, unreadable or about to expire, and leaves the rest as it is. The X.509 library is
 * loaded only when there is something to make.
 *
 * Upstream: cmd/kubeadm/app/phases/certs, cmd/kubeadm/app/phases/kubeconfig
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type webcrypto, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type * as x509 from '@peculiar/x509';
import { stringify } from 'yaml';
import { addressIn, apiserverAddress, type Cluster, madeNodes, nodeAddress, type Paths } from './layout.ts';

/** A certificate to be made: `FILE.crt` and `FILE.key`. */
export interface CertificateSpec {
  file: string;
  commonName: string;
  organization?: string;
  /** DNS names and addresses; a certificate with some serves, one without is a client's. */
  hosts?: string[];
  /** The CA that issues it; the cluster's own unless it is another. */
  authority?: Authority['file'];
}

/** A CA. What the one for front proxies signs may say for whom it speaks, so nothing else is signed by it. */
type Authority = (typeof authorities)[number];
const authorities = [
  { file: 'ca', commonName: 'kubernetes' },
  { file: 'front-proxy-ca', commonName: 'front-proxy-ca' },
] as const;

const certificateDays = 365;
const caDays = 3650;
/** A certificate is made anew when it has less than this left. */
const renewBeforeDays = 30;
const dayMs = 86_400_000;

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** The clients of the API, by the name of their files. */
export const kubeletClient = (node: string): string => `kubelet-${node}`;
export const kubeletServing = (node: string): string => `kubelet-${node}-serving`;

/** Every certificate of the cluster. */
export function certificatesOf(cluster: Cluster): CertificateSpec[] {
  const apiserverHosts = [
    'localhost',
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
    '127.0.0.1',
    addressIn(cluster.serviceCIDR, 1),
    apiserverAddress(cluster),
  ];
  return [
    { file: 'apiserver', commonName: 'kube-apiserver', hosts: apiserverHosts },
    { file: 'apiserver-kubelet-client', commonName: 'kube-apiserver-kubelet-client' },
    { file: 'front-proxy-client', commonName: 'front-proxy-client', authority: 'front-proxy-ca' },
    { file: 'admin', commonName: 'kubernetes-admin', organization: 'system:masters' },
    { file: 'scheduler', commonName: 'system:kube-scheduler' },
    { file: 'controllers', commonName: 'system:kube-controller-manager' },
    { file: 'proxy', commonName: 'system:kube-proxy' },
    ...madeNodes(cluster).flatMap((node) => [
      { file: kubeletClient(node), commonName: `system:node:${node}`, organization: 'system:nodes' },
      {
        file: kubeletServing(node),
        commonName: `system:node:${node}`,
        organization: 'system:nodes',
        hosts: [node, nodeAddress(cluster, node)],
      },
    ]),
  ];
}

/** Makes what is missing. Returns the names of the files made, for the progress line. */
export async function ensurePki(cluster: Cluster, paths: Paths, now = new Date()): Promise<string[]> {
  const specs = certificatesOf(cluster);
  const made: string[] = [];
  for (const authority of authorities) {
    const own = specs.filter((spec) => (spec.authority ?? 'ca') === authority.file);
    made.push(...(await issueMissing(paths, authority, own, now)));
  }
  if (!existsSync(join(paths.pki, 'sa.key'))) {
    makeServiceAccountKey(paths);
    made.push('sa');
  }
  writeKubeconfigs(cluster, paths, specs);
  return made;
}

/** Makes the certificates of one CA that are missing, and the CA itself if that is. Returns the names of the files made. */
async function issueMissing(
  paths: Paths,
  authority: Authority,
  specs: readonly CertificateSpec[],
  now: Date,
): Promise<string[]> {
  const isGood = isCurrent(paths, authority.file, undefined, [], now);
  const ca = isGood ? readFileSync(join(paths.pki, `${authority.file}.crt`)) : undefined;
  const missing = specs.filter((spec) => !isCurrent(paths, spec.file, ca, spec.hosts ?? [], now));
  if (missing.length === 0) return [];
  const issuer = await openIssuer(paths, authority, isGood, now);
  for (const spec of missing) await issuer(spec);
  return [...(isGood ? [] : [authority.file]), ...missing.map((spec) => spec.file)];
}

/** Whether the pair can be read, belongs together, is issued by `ca`, names all hosts, and lasts long enough. */
function isCurrent(paths: Paths, file: string, ca: Buffer | undefined, hosts: string[], now: Date): boolean {
  try {
    const certificate = new X509Certificate(readFileSync(join(paths.pki, `${file}.crt`)));
    const key = createPrivateKey(readFileSync(join(paths.pki, `${file}.key`)));
    const lasts = Date.parse(certificate.validTo) - now.getTime() > renewBeforeDays * dayMs;
    const isAuthority = authorities.some((one) => one.file === file);
    const issued = isAuthority || (ca !== undefined && certificate.verify(new X509Certificate(ca).publicKey));
    const named = hosts.every((host) => (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)));
    return lasts && issued && named && certificate.checkPrivateKey(key);
  } catch {
    // Missing, cut short by a crash, or not a certificate: made anew.
    return false;
  }
}

/** A function that issues certificates from the CA, which is made first unless it is good. */
async function openIssuer(
  paths: Paths,
  { file, commonName }: Authority,
  caIsGood: boolean,
  now: Date,
): Promise<(spec: CertificateSpec) => Promise<void>> {
  await import('reflect-metadata');
  const lib = await import('@peculiar/x509');
  const caKeys = caIsGood ? await readCaKeys(paths, file) : await newKeys();
  const caCertificate = caIsGood
    ? new lib.X509Certificate(readFileSync(join(paths.pki, `${file}.crt`), 'utf8'))
    : await lib.X509CertificateGenerator.createSelfSigned({
        name: `CN=${commonName}`,
        keys: caKeys,
        signingAlgorithm: algorithm,
        ...validity(now, caDays),
        extensions: [
          new lib.BasicConstraintsExtension(true, undefined, true),
          new lib.KeyUsagesExtension(
            lib.KeyUsageFlags.keyCertSign | lib.KeyUsageFlags.digitalSignature | lib.KeyUsageFlags.cRLSign,
            true,
          ),
          await lib.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
        ],
      });
  if (!caIsGood) await writePair(paths, file, caKeys, caCertificate);
  return async (spec) => {
    const keys = await newKeys();
    const certificate = await lib.X509CertificateGenerator.create({
      subject: [{ CN: [spec.commonName] }, ...(spec.organization ? [{ O: [spec.organization] }] : [])],
      issuer: caCertificate.subject,
      publicKey: keys.publicKey,
      signingKey: caKeys.privateKey,
      signingAlgorithm: algorithm,
      ...validity(now, certificateDays),
      extensions: await leafExtensions(lib, spec, caKeys.publicKey),
    });
    await writePair(paths, spec.file, keys, certificate);
  };
}

async function leafExtensions(
  lib: typeof x509,
  spec: CertificateSpec,
  caKey: webcrypto.CryptoKey,
): Promise<x509.Extension[]> {
  const usage = spec.hosts ? lib.ExtendedKeyUsage.serverAuth : lib.ExtendedKeyUsage.clientAuth;
  const names = (spec.hosts ?? []).map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value }));
  return [
    new lib.BasicConstraintsExtension(false, undefined, true),
    new lib.KeyUsagesExtension(lib.KeyUsageFlags.digitalSignature, true),
    new lib.ExtendedKeyUsageExtension([usage]),
    await lib.AuthorityKeyIdentifierExtension.create(caKey),
    ...(names.length > 0 ? [new lib.SubjectAlternativeNameExtension(names)] : []),
  ];
}

/** From an hour ago, because clocks differ. */
const validity = (now: Date, days: number): { notBefore: Date; notAfter: Date } => ({
  notBefore: new Date(now.getTime() - 3_600_000),
  notAfter: new Date(now.getTime() + days * dayMs),
});

const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;

async function readCaKeys(paths: Paths, file: string): Promise<webcrypto.CryptoKeyPair> {
  const key = createPrivateKey(readFileSync(join(paths.pki, `${file}.key`)));
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return {
    privateKey: await crypto.subtle.importKey('pkcs8', new Uint8Array(pkcs8), algorithm, true, ['sign']),
    publicKey: await crypto.subtle.importKey('spki', new Uint8Array(spki), algorithm, true, ['verify']),
  };
}

async function writePair(
  paths: Paths,
  file: string,
  keys: webcrypto.CryptoKeyPair,
  certificate: x509.X509Certificate,
): Promise<void> {
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  writeFileSync(join(paths.pki, `${file}.key`), key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  writeFileSync(join(paths.pki, `${file}.crt`), `${certificate.toString('pem')}\n`);
}

function makeServiceAccountKey(paths: Paths): void {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(join(paths.pki, 'sa.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  writeFileSync(join(paths.pki, 'sa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
}

/** One kubeconfig a client, complete in itself; the admin's is the user's, at the data directory's top. */
function writeKubeconfigs(cluster: Cluster, paths: Paths, specs: CertificateSpec[]): void {
  for (const spec of specs) {
    if (spec.hosts || spec.authority || spec.file === 'apiserver-kubelet-client') continue;
    const path = spec.file === 'admin' ? paths.kubeconfig : join(paths.pki, `${spec.file}.kubeconfig`);
    const text = kubeconfigFor(cluster, paths, spec);
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text, { mode: 0o600 });
  }
}

function kubeconfigFor(cluster: Cluster, paths: Paths, { file, commonName }: CertificateSpec): string {
  const data = (name: string): string => readFileSync(join(paths.pki, name)).toString('base64');
  const context = `${commonName}@${cluster.name}`;
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: cluster.name,
          cluster: {
            server: `https://127.0.0.1:${cluster.ports.apiserver}`,
            'certificate-authority-data': data('ca.crt'),
          },
        },
      ],
      contexts: [{ name: context, context: { cluster: cluster.name, user: commonName } }],
      'current-context': context,
      users: [
        {
          name: commonName,
          user: { 'client-certificate-data': data(`${file}.crt`), 'client-key-data': data(`${file}.key`) },
        },
      ],
    },
    { lineWidth: 0 },
  );
}
