/**
 * Credentials that a program hands out: it is told what is wanted in `KUBERNETES_EXEC_INFO`, and writes an ExecCredential to its
 * standard output.
 *
 * Upstream: client-go/plugin/pkg/client/auth/exec/exec.go
 */
import { spawn } from 'node:child_process';
import type { RestConfig } from './kubeconfig.ts';
import type { ExecPlugin } from './kubeconfig-file.ts';

const group = 'client.authentication.k8s.io';

/** What a program gave. */
export interface Issued {
  token?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
  /** Milliseconds since the epoch. */
  until: number;
}

interface ExecCredential {
  apiVersion?: string;
  kind?: string;
  status?: {
    token?: string;
    clientCertificateData?: string;
    clientKeyData?: string;
    expirationTimestamp?: string;
  };
}

/** Runs the program to its end. Rejects with what it did wrong, in kubectl's words. */
export async function runPlugin(plugin: ExecPlugin, config: RestConfig): Promise<Issued> {
  const { apiVersion } = plugin;
  if (!apiVersion.startsWith(`${group}/`))
    throw new Error(`exec plugin: invalid apiVersion ${JSON.stringify(apiVersion)}`);
  const interactive = isInteractive(plugin);
  const info = {
    kind: 'ExecCredential',
    apiVersion,
    spec: { interactive, ...(plugin.provideClusterInfo && { cluster: clusterInfo(config) }) },
  };
  const text = await outputOf(plugin, JSON.stringify(info), interactive);
  return issuedBy(text, apiVersion);
}

function isInteractive({ interactiveMode }: ExecPlugin): boolean {
  const available = process.stdin.isTTY === true;
  if (interactiveMode === 'Always' && !available) {
    throw new Error('exec plugin cannot support interactive mode: standard input is not a terminal');
  }
  return interactiveMode !== 'Never' && available;
}

const clusterInfo = ({ server, ca, insecureSkipTlsVerify }: RestConfig): object => ({
  server,
  ...(ca && { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
  ...(insecureSkipTlsVerify && { 'insecure-skip-tls-verify': true }),
});

function outputOf(
  { command, args, env, installHint }: ExecPlugin,
  info: string,
  interactive: boolean,
): Promise<string> {
  const own = Object.fromEntries(env.map(({ name, value }) => [name, value]));
  const child = spawn(command, args, {
    env: { ...process.env, ...own, KUBERNETES_EXEC_INFO: info },
    stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`getting credentials: exec: ${why}`));
    child.once('error', (error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT';
      fail(missing ? [`executable ${command} not found`, installHint].filter(Boolean).join('\n\n') : error.message);
    });
    child.once('close', (code) => {
      if (code === 0) resolve(text);
      else fail(`executable ${command} failed with exit code ${code}`);
    });
  });
}

/** Reads what a program wrote. Throws for what is no ExecCredential of that version, and for one without credentials. */
export function issuedBy(text: string, apiVersion: string): Issued {
  const { kind, apiVersion: given, status } = parsed(text);
  if (kind !== 'ExecCredential' || !given?.startsWith(`${group}/`)) {
    throw new Error('getting credentials: decoding stdout: it is no ExecCredential');
  }
  if (given !== apiVersion) {
    throw new Error(
      `getting credentials: exec plugin is configured to use API version ${apiVersion}, plugin returned version ${given}`,
    );
  }
  if (!status) throw new Error("getting credentials: exec plugin didn't return a status field");
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp: end } = status;
  if (!token && !cert && !key) {
    throw new Error("getting credentials: exec plugin didn't return a token or cert/key pair");
  }
  if (!cert !== !key) {
    throw new Error('getting credentials: exec plugin returned only certificate or key, not both');
  }
  return { token, cert, key, until: end ? Date.parse(end) : Number.POSITIVE_INFINITY };
}

function parsed(text: string): ExecCredential {
  try {
    return JSON.parse(text) as ExecCredential;
  } catch (error) {
    throw new Error(`getting credentials: decoding stdout: ${(error as Error).message}`);
  }
}
