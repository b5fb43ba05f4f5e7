import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { CredentialSource } from './credentials.ts';
import { issuedBy } from './exec-credential.ts';
import type { RestConfig } from './kubeconfig.ts';
import type { ExecPlugin } from './kubeconfig-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'minik-credentials-'));
const apiVersion = 'client.authentication.k8s.io/v1';

afterAll(() => rmSync(folder, { recursive: true }));

const source = (config: Partial<RestConfig>) => new CredentialSource({ server: 'https://127.0.0.1:1', ...config });

test('a token, a certificate, and whom to act as', async () => {
  const impersonate = { user: 'bob', groups: ['a', 'b'], uid: '7', extra: { 'example.com/x': ['y'] } };
  expect(await source({ token: 't', cert: 'C', key: 'K', impersonate }).get()).toEqual({
    cert: 'C',
    key: 'K',
    headers: {
      authorization: 'Bearer t',
      'impersonate-user': 'bob',
      'impersonate-group': ['a', 'b'],
      'impersonate-uid': '7',
      'impersonate-extra-example.com%2Fx': ['y'],
    },
  });
});

test('the token of a file is read again when it may have changed, or was refused', async () => {
  const tokenFile = join(folder, 'token');
  const credentials = source({ tokenFile });
  const tokenAt = async (now: number) => (await credentials.get(now)).headers['authorization'];
  writeFileSync(tokenFile, 'one\n');
  expect(await tokenAt(0)).toBe('Bearer one');
  writeFileSync(tokenFile, 'two\n');
  expect(await tokenAt(60_000)).toBe('Bearer one');
  expect(await tokenAt(60_001)).toBe('Bearer two');
  writeFileSync(tokenFile, 'three\n');
  credentials.refused();
  expect(await tokenAt(60_002)).toBe('Bearer three');
});

describe('a program', () => {
  const runs = join(folder, 'runs');
  const plugin = (script: string, more: Partial<ExecPlugin> = {}): ExecPlugin => {
    const command = join(folder, 'plugin');
    writeFileSync(command, `#!/bin/sh\necho "$KUBERNETES_EXEC_INFO" >> ${runs}\n${script}`);
    chmodSync(command, 0o755);
    const given = { apiVersion, command, args: [], env: [{ name: 'WHO', value: 'me' }] };
    return { ...given, installHint: '', interactiveMode: 'Never', provideClusterInfo: false, ...more };
  };
  const answer = (status: object): string =>
    `cat <<'EOF'\n${JSON.stringify({ apiVersion, kind: 'ExecCredential', status })}\nEOF\n`;
  const timesRun = (): number => readFileSync(runs, 'utf8').trim().split('\n').length;

  test('runs once for many requests, and again when its credentials end or are refused', async () => {
    writeFileSync(runs, '');
    const exec = plugin(answer({ token: 't', expirationTimestamp: '2030-01-01T00:00:00Z' }), {
      provideClusterInfo: true,
    });
    const credentials = source({ exec, ca: 'CA' });
    const before = Date.parse('2029-01-01T00:00:00Z');
    const many = await Promise.all([1, 2, 3].map(() => credentials.get(before)));
    expect(many.map(({ headers }) => headers['authorization'])).toEqual(Array(3).fill('Bearer t'));
    expect(timesRun()).toBe(1);
    expect(JSON.parse(readFileSync(runs, 'utf8'))).toEqual({
      apiVersion,
      kind: 'ExecCredential',
      spec: {
        interactive: false,
        cluster: { server: 'https://127.0.0.1:1', 'certificate-authority-data': btoa('CA') },
      },
    });
    await credentials.get(Date.parse('2031-01-01T00:00:00Z'));
    expect(timesRun()).toBe(2);
    credentials.refused();
    await credentials.get(before);
    expect(timesRun()).toBe(3);
  });

  test('may give a certificate', async () => {
    const exec = plugin(answer({ clientCertificateData: 'C', clientKeyData: 'K' }));
    expect(await source({ exec }).get()).toEqual({ headers: {}, cert: 'C', key: 'K' });
  });

  test('that fails, or is not there, is told so, and may do better', async () => {
    const exec = plugin('exit 3');
    const credentials = source({ exec });
    await expect(credentials.get()).rejects.toThrow(
      `getting credentials: exec: executable ${exec.command} failed with exit code 3`,
    );
    plugin(answer({ token: 't' }));
    expect((await credentials.get()).headers).toEqual({ authorization: 'Bearer t' });
    const absent = { ...exec, command: join(folder, 'none'), installHint: 'apt install none' };
    await expect(source({ exec: absent }).get()).rejects.toThrow(/none not found\n\napt install none/);
  });

  test.each<[string, string]>([
    ['no JSON', 'decoding stdout'],
    ['{"kind":"Pod","apiVersion":"v1"}', 'it is no ExecCredential'],
    [
      '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1"}',
      'is configured to use API version client.authentication.k8s.io/v1, plugin returned version client.authentication.k8s.io/v1beta1',
    ],
    [`{"kind":"ExecCredential","apiVersion":"${apiVersion}"}`, "didn't return a status field"],
    [`{"kind":"ExecCredential","apiVersion":"${apiVersion}","status":{}}`, "didn't return a token or cert/key pair"],
    [
      `{"kind":"ExecCredential","apiVersion":"${apiVersion}","status":{"clientKeyData":"K"}}`,
      'returned only certificate or key, not both',
    ],
  ])('that writes %s', (text, why) => {
    expect(() => issuedBy(text, apiVersion)).toThrow(why);
  });
});
