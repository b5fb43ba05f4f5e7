/** `minikctl config` against kubectl's: what both say, and what both leave in the files. And many at once. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { kubectlMissing } from './harness/kubectl.ts';
import { SideBySide, type Tool } from './harness/side-by-side.ts';

const both: Tool[] = ['kubectl', 'minikctl'];

let folder: string;
let tools: SideBySide;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'minik-config-'));
  tools = new SideBySide(folder, { KUBECONFIG: 'config' });
  for (const tool of both) {
    const at = (name: string, text: string): void => writeFileSync(join(tools.home(tool), name), text);
    at('ca.crt', 'authority');
    at('me.crt', 'certificate');
    at('me.key', 'key');
    mkdirSync(join(tools.home(tool), 'elsewhere'));
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

const fileOf = (tool: Tool, name = 'config'): string => join(tools.home(tool), name);
const textOf = (tool: Tool, name = 'config'): string => readFileSync(fileOf(tool, name), 'utf8');
const minikctl = (line: string, env?: NodeJS.ProcessEnv) => tools.say('minikctl', line, env);

const steps: [what: string, lines: string[]][] = [
  ['nothing', ['config view', 'config get-contexts', 'config current-context', 'config use-context x']],
  [
    'clusters',
    [
      'config set-cluster prod --server=https://1.2.3.4 --certificate-authority=ca.crt',
      'config set-cluster dev --server=https://1.2.3.5 --insecure-skip-tls-verify=true',
      'config set-cluster embedded --certificate-authority=ca.crt --embed-certs=true --tls-server-name=a --proxy-url=http://x',
      'config set-cluster far --certificate-authority=/etc/hosts',
      'config set-cluster dev --insecure-skip-tls-verify=false',
      'config set-cluster bad --certificate-authority=ca.crt --insecure-skip-tls-verify',
      'config set-cluster bad --embed-certs',
      'config set-cluster bad --certificate-authority=nope --embed-certs',
    ],
  ],
  [
    'users',
    [
      'config set-credentials ann --token=secret',
      'config set-credentials ann --client-certificate=me.crt --client-key=me.key',
      'config set-credentials bob --client-certificate=me.crt --client-key=me.key --embed-certs',
      'config set-credentials sso --exec-command=login --exec-api-version=client.authentication.k8s.io/v1 --exec-arg=a,b --exec-arg=c --exec-env=K=V --exec-env=L=W --exec-interactive-mode=Never --exec-provide-cluster-info=true',
      'config set-credentials sso --exec-env=K- --exec-arg=d',
      'config set-credentials bad --embed-certs',
    ],
  ],
  [
    'contexts',
    [
      'config set-context dev --cluster=dev --user=ann --namespace=web',
      'config set-context prod --cluster=prod --user=bob',
      'config set-context dev --user=bob',
      'config set-context --current --namespace=x',
      'config use dev',
      'config set-context --current --namespace=x',
      'config set-context',
      'config set-context dev --current',
      'config get-contexts',
      'config get-contexts prod --no-headers',
      'config get-contexts dev nope',
      'config get-contexts -o name',
      'config current-context',
      'config rename-context dev prod',
      'config rename-context nope x',
      'config rename-context dev devel',
      'config current-context',
    ],
  ],
  [
    'views',
    [
      'config view',
      'config view --raw',
      'config view --flatten',
      'config view --minify',
      'config view --minify --context=prod --raw',
      'config view --minify --context=nope',
      "config view -o jsonpath='{.contexts[*].name}'",
    ],
  ],
  [
    'single values',
    [
      'config set clusters.prod.server https://9',
      'config set clusters.prod.insecure-skip-tls-verify true',
      'config set clusters.prod.insecure-skip-tls-verify maybe',
      'config set clusters.prod.certificate-authority-data x',
      'config set clusters.prod.certificate-authority-data hello --set-raw-bytes',
      'config set contexts.new.namespace n',
      'config set current-context prod',
      'config set a.b.c x',
      'config unset contexts.new',
      'config unset contexts.nope.namespace',
      'config unset clusters.prod.insecure-skip-tls-verify',
      'config unset current-context',
      'config unset users.ann.token',
    ],
  ],
  [
    'deletions',
    [
      'config use-context devel',
      'config delete-context devel',
      'config delete-cluster far',
      'config delete-user ann',
      'config delete-user nope',
      'config unset users',
      'config view',
    ],
  ],
];

test.skipIf(kubectlMissing)('says what kubectl says, and leaves the same file', async () => {
  for (const [what, lines] of steps) {
    for (const line of lines) await tools.same(line);
    if (what !== 'nothing') expect(textOf('minikctl')).toBe(textOf('kubectl'));
  }
});

test.skipIf(kubectlMissing)('of several files each keeps what it has', async () => {
  const KUBECONFIG = 'none:one:elsewhere/two';
  for (const tool of both) {
    writeFileSync(fileOf(tool, 'one'), 'current-context: a\ncontexts: [{ name: a, context: { cluster: c } }]\n');
    const two = {
      contexts: [
        { name: 'a', context: { user: 'hidden' } },
        { name: 'b', context: {} },
      ],
    };
    writeFileSync(fileOf(tool, 'elsewhere/two'), JSON.stringify(two));
  }
  for (const line of [
    'config view',
    'config set-context a --namespace=n',
    'config set-context b --namespace=n',
    'config set-context new --namespace=n',
    'config use-context b',
    'config set-cluster c --certificate-authority=elsewhere/ca.crt',
    'config get-contexts',
  ])
    await tools.same(line, { KUBECONFIG });
  expect(parse(textOf('minikctl', 'one'))).toEqual(parse(textOf('kubectl', 'one')));
  const [ours, theirs] = both.map((tool) => parse(textOf(tool, 'elsewhere/two')).contexts);
  expect(ours).toEqual(theirs);
});

test('a flag, then a data directory that is named, then KUBECONFIG says which kubeconfig counts', async () => {
  const at = (path: string): void => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), JSON.stringify({ 'current-context': path }));
  };
  for (const path of ['flag', 'data/kubeconfig', 'variable', 'minikctl/.minik/kubeconfig']) at(path);
  const current = async (line: string, env: NodeJS.ProcessEnv): Promise<string> =>
    (await minikctl(`config current-context ${line}`, env)).stdout.trim();
  const KUBECONFIG = join(folder, 'variable');
  const MINIK_HOME = join(folder, 'data');
  expect(await current(`--kubeconfig ${folder}/flag --data-dir ${MINIK_HOME}`, { KUBECONFIG })).toBe('flag');
  expect(await current(`--data-dir ${MINIK_HOME}`, { KUBECONFIG })).toBe('data/kubeconfig');
  expect(await current('', { KUBECONFIG, MINIK_HOME })).toBe('data/kubeconfig');
  expect(await current('', { KUBECONFIG })).toBe('variable');
  expect(await current('', { KUBECONFIG: '' })).toBe('minikctl/.minik/kubeconfig');
});

test('of many changes at once none is lost, and nobody else can read the file', async () => {
  const names = Array.from({ length: 12 }, (_, i) => `c${i}`);
  const results = await Promise.all(names.map((name) => minikctl(`config set-context ${name} --user=${name}`)));
  expect(results.filter(({ status }) => status !== 0)).toEqual([]);
  const { contexts } = parse(textOf('minikctl')) as { contexts: { name: string }[] };
  expect(contexts.map(({ name }) => name)).toEqual(names.toSorted());
  expect(statSync(fileOf('minikctl')).mode & 0o777).toBe(0o600);
  expect(readdirSync(tools.home('minikctl')).filter((name) => /lock|tmp/.test(name))).toEqual([]);
});

test('a link stays one; a file that is locked, or is no kubeconfig, stays as it is', async () => {
  writeFileSync(fileOf('minikctl', 'real'), 'current-context: a\n');
  symlinkSync('real', fileOf('minikctl'));
  await minikctl('config set-context a --namespace=web');
  expect(textOf('minikctl', 'real')).toContain('namespace: web');
  writeFileSync(fileOf('minikctl', 'config.lock'), '');
  const locked = await minikctl('config set-context a --namespace=m');
  expect(locked).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^error: failed to lock config: config.lock exists/),
  });
  expect(textOf('minikctl', 'real')).toContain('namespace: web');
  writeFileSync(fileOf('minikctl', 'bad'), 'a: [');
  const bad = await minikctl('config set-context a --namespace=m', { KUBECONFIG: 'bad' });
  expect(bad).toMatchObject({ status: 1, stderr: expect.stringMatching(/^error: error loading config file "bad": /) });
  expect(textOf('minikctl', 'bad')).toBe('a: [');
});
