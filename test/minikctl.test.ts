/** minikctl against a cluster with real containers: what a person types, and what they see. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configmaps } from '../api/kinds/configmaps.ts';
import { Cluster, root } from './harness/cluster.ts';
import { eventually } from './harness/eventually.ts';
import { kubectlMissing } from './harness/kubectl.ts';
import { isPresent } from './harness/run.ts';

let cluster: Cluster;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'minik-files-'));
  cluster = await Cluster.start();
  await cluster.minikctl('apply', '-f', join(root, 'examples'));
  await cluster.minikctl('wait', '--for=condition=Ready', 'pod/hello', '--timeout=120s');
  await cluster.minikctl('wait', '--for=jsonpath={.status.readyReplicas}=3', 'rs/web', '--timeout=120s');
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await cluster?.purge();
});

const configMap = (name: string, data: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n${data}`;

/** Starts minikctl and collects what it prints, until it is ended. */
function start(...args: string[]): { child: ChildProcessWithoutNullStreams; text: () => string } {
  const child = spawn(join(root, 'cli/minikctl'), args, { env: { ...process.env, MINIK_HOME: cluster.dataDir } });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  return { child, text: () => said };
}

describe('get', () => {
  test('prints tables as kubectl does', async () => {
    expect(await cluster.minikctl('get', 'pod', 'hello')).toMatch(
      /^NAME {4}READY {3}STATUS {4}RESTARTS {3}AGE\nhello {3}1\/1 {5}Running {3}0 {10}\d+m?\d*s?\n$/,
    );
    expect(await cluster.minikctl('get', 'pods,svc', '-A')).toMatch(
      /NAMESPACE +NAME.*\ndefault +pod\/hello[\s\S]*\n\nNAMESPACE[\s\S]*service\/web/,
    );
    expect(await cluster.minikctl('get', 'all', '-l', 'app=web', '-o', 'name')).toMatch(/^(pod\/web-\w{5}\n){3}$/);
  });

  test('prints objects', async () => {
    const yaml = await cluster.minikctl('get', 'cm', 'web-settings', '-o', 'yaml');
    expect(yaml).toMatch(/^apiVersion: v1\ndata:\n {2}GREETING: Good day\n/);
    expect(yaml).toMatch(/\n {2}creationTimestamp: "\d{4}-/);
    const list = JSON.parse(await cluster.minikctl('get', 'pods', '-l', 'app=web', '-o', 'json')) as {
      kind: string;
      items: unknown[];
    };
    expect([list.kind, list.items.length]).toEqual(['List', 3]);
    expect(await cluster.minikctl('get', 'svc', 'web', '-o', 'jsonpath={.spec.ports[0].port}')).toBe('80');
  });

  test('watches', async () => {
    const { child, text } = start('get', 'cm', '-w');
    await eventually('the list', () => text().includes('web-settings'));
    await cluster.apply(configMap('watched', '  a: "1"\n'));
    await eventually('the change', () => /\nwatched +1 +\d+s\n/.test(text()));
    child.kill();
  });

  test("sorts, and prints columns of one's own", async () => {
    const columns = '-o=custom-columns=NAME:.metadata.name,IMAGE:.spec.containers[*].image';
    const byName = await cluster.minikctl('get', 'pods', '-l', 'app=web', '--sort-by=.metadata.name', columns);
    expect(byName).toMatch(/^NAME +IMAGE\n(web-\w{5} +busybox:1\.35\n){3}$/);
    const names = byName
      .split('\n')
      .slice(1, 4)
      .map((line) => line.split(' ', 1)[0]!);
    // As kubectl does: numbers inside of names count as numbers.
    expect(names).toEqual([...names].sort(new Intl.Collator('en', { numeric: true }).compare));
    expect(await cluster.minikctl('get', 'svc', '--sort-by=spec.ports[0].port')).toMatch(/\nweb .*\nkubernetes .*\n$/);
    expect(await cluster.tryMinikctl(['get', 'svc', '--sort-by=.nothing'])).toMatchObject({
      status: 1,
      stderr: 'error: couldn\'t find any field with path "{.nothing}" in the list of objects\n',
    });
  });

  test('says what is not there', async () => {
    expect(await cluster.tryMinikctl(['get', 'pods', '-n', 'kube-public'])).toEqual({
      status: 0,
      stdout: '',
      stderr: 'No resources found in kube-public namespace.\n',
    });
    expect(await cluster.tryMinikctl(['get', 'pod', 'hello', 'nosuch'])).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('hello'),
      stderr: 'Error from server (NotFound): pods "nosuch" not found\n',
    });
    expect(await cluster.tryMinikctl(['get', 'foo'])).toMatchObject({
      status: 1,
      stderr: 'error: the server doesn\'t have a resource type "foo"\n',
    });
  });
});

describe('apply', () => {
  test('creates, changes, and leaves alone; fields that left the manifest leave the object, those of others stay', async () => {
    const outcome = async (manifest: string): Promise<string> => (await cluster.apply(manifest)).stdout;
    expect(await outcome(configMap('applied', '  a: "1"\n  b: "2"\n'))).toBe('configmap/applied created\n');
    expect(await outcome(configMap('applied', '  a: "1"\n  b: "2"\n'))).toBe('configmap/applied unchanged\n');
    await cluster
      .client()
      .of(configmaps)
      .patch('applied', 'default', { data: { theirs: '3' } });
    expect(await outcome(configMap('applied', '  a: "9"\n'))).toBe('configmap/applied configured\n');
    expect(await cluster.minikctl('get', 'cm', 'applied', '-o', 'jsonpath={.data}')).toBe('{"a":"9","theirs":"3"}');
  });

  test('reads folders, several documents, and lists; one bad object does not stop the others', async () => {
    mkdirSync(join(folder, 'deep/er'), { recursive: true });
    writeFileSync(
      join(folder, 'deep/a.yaml'),
      `${configMap('one', '  a: "1"\n')}---\n${configMap('two', '  a: "1"\n')}`,
    );
    writeFileSync(
      join(folder, 'deep/b.json'),
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"Not_A_Name"}}',
    );
    writeFileSync(
      join(folder, 'deep/er/c.yml'),
      'apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: ConfigMap, metadata: {name: three}}]\n',
    );
    const result = await cluster.tryMinikctl(['apply', '-R', '-f', join(folder, 'deep')]);
    expect(result.stdout).toBe('configmap/one created\nconfigmap/two created\nconfigmap/three created\n');
    expect(result.stderr).toMatch(/^The ConfigMap "Not_A_Name" is invalid: metadata.name: Invalid value/);
    expect(result.status).toBe(1);
  });

  test.skipIf(kubectlMissing)('kubectl and minikctl see the same annotation', async () => {
    const path = join(folder, 'same.yaml');
    writeFileSync(path, configMap('same', '  html: "<a> & <b>"\n'));
    await cluster.minikctl('apply', '-f', path);
    expect(await cluster.kubectl('apply', '-f', path)).toBe('configmap/same unchanged\n');
  });
});

test('create -f refuses what exists', async () => {
  const manifest = configMap('created', '  a: "1"\n');
  const create = () => cluster.tryMinikctl(['create', '-f', '-'], { input: manifest });
  expect(await create()).toMatchObject({ status: 0, stdout: 'configmap/created created\n' });
  expect(await create()).toMatchObject({
    status: 1,
    stderr: 'Error from server (AlreadyExists): error when creating "STDIN": configmaps "created" already exists\n',
  });
});

describe('delete', () => {
  const pod = (name: string): string =>
    `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, labels: {app: doomed}}, spec: {terminationGracePeriodSeconds: 1, containers: [{name: c, image: 'busybox:1.35', command: [sleep, '1000']}]}}\n`;

  test('waits until the pod and its containers are gone', async () => {
    await cluster.apply(pod('doomed'));
    await cluster.minikctl('wait', '--for=condition=Ready', 'pod/doomed', '--timeout=120s');
    expect(await cluster.minikctl('delete', 'pod', 'doomed')).toMatch(/^pod "doomed" deleted/);
    expect((await cluster.tryMinikctl(['get', 'pod', 'doomed'])).stderr).toContain('not found');
    await eventually('no container', async () => Object.keys(await cluster.containers('doomed')).length === 0);
  });

  test('by label, by file, and not at all', async () => {
    await cluster.apply(`${pod('doomed-1')}---\n${pod('doomed-2')}`);
    expect(await cluster.minikctl('delete', 'pods', '-l', 'app=doomed', '--now')).toMatch(/doomed-1[\s\S]*doomed-2/);
    expect(await cluster.tryMinikctl(['delete', '-f', '-'], { input: pod('doomed-1') })).toMatchObject({
      status: 1,
      stderr: 'Error from server (NotFound): error when deleting "STDIN": pods "doomed-1" not found\n',
    });
    expect((await cluster.tryMinikctl(['delete', 'pods'])).stderr).toBe(
      'error: resource(s) were provided, but no name was specified\n',
    );
  });
});

describe('logs', () => {
  test('of a pod, of a controller, by label', async () => {
    expect(await cluster.minikctl('logs', 'hello')).toMatch(/^Hello from hello on minik-1, at 10\./);
    expect((await cluster.tryMinikctl(['logs', 'rs/web'])).stderr).toMatch(/^Found 3 pods, using pod\/web-/);
    expect((await cluster.tryMinikctl(['logs', 'hello', '-c', 'nope'])).stderr).toBe(
      'error: container nope is not valid for pod hello\n',
    );
  });

  test('follow until the container ends', async () => {
    const manifest = `{apiVersion: v1, kind: Pod, metadata: {name: counter}, spec: {restartPolicy: Never, containers: [{name: c, image: 'busybox:1.35', command: [sh, -c, 'echo one; while [ ! -e /tmp/go ]; do sleep 0.1; done; echo two']}]}}`;
    await cluster.apply(manifest);
    await cluster.minikctl('wait', '--for=condition=Ready', 'pod/counter', '--timeout=120s');
    const { child, text } = start('logs', '-f', 'counter');
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await eventually('the first line', () => text() === 'one\n');
    await cluster.minikctl('exec', 'counter', '--', 'touch', '/tmp/go');
    expect(await ended).toBe(0);
    expect(text()).toBe('one\ntwo\n');
  });
});

describe('exec', () => {
  test('passes output, errors, exit code and stdin through', async () => {
    const script = 'echo out; echo err >&2; exit 3';
    expect(await cluster.tryMinikctl(['exec', 'hello', '--', 'sh', '-c', script])).toEqual({
      status: 3,
      stdout: 'out\n',
      stderr: 'err\ncommand terminated with exit code 3\n',
    });
    const input = `${'x'.repeat(100_000)}\n`.repeat(10);
    const { stdout, status } = await cluster.tryMinikctl(['exec', '-i', 'hello', '--', 'wc', '-c'], { input });
    expect([Number(stdout), status]).toEqual([input.length, 0]);
  });

  test.skipIf(!isPresent('script', '--version'))('gives a terminal', async () => {
    const command = `${join(root, 'cli/minikctl')} exec -it hello -- sh`;
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      env: { ...process.env, MINIK_HOME: cluster.dataDir },
    });
    let screen = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      screen += text;
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await eventually('a prompt', () => screen.includes('# '));
    child.stdin.write('tty; stty size; exit 5\r');
    expect(await ended).toBe(5);
    expect(screen).toContain('/dev/pts/');
  });

  test('says how to use it', async () => {
    expect((await cluster.tryMinikctl(['exec', 'hello', 'ls'])).stderr).toContain(
      'Use exec [POD] -- [COMMAND] instead',
    );
  });
});

test('describe ends with the events', async () => {
  const text = await cluster.minikctl('describe', 'pod', 'hello');
  expect(text).toMatch(/^Name: {13}hello\nNamespace: {8}default\n/);
  expect(text).toMatch(
    /Events:\n {2}Type +Reason +Age +From +Message\n[\s\S]*Normal +Scheduled [\s\S]*Successfully assigned default\/hello to minik-1/,
  );
});

test('events, of all and of one object', async () => {
  const about = await cluster.minikctl('events', '--for', 'pod/hello');
  expect(about).toMatch(/^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n/);
  expect(about).toMatch(/ +Normal +Scheduled +Pod\/hello +Successfully assigned default\/hello to minik-1\n/);
  expect(await cluster.minikctl('events', '-A', '--no-headers')).toMatch(
    /^default +.* ReplicaSet\/web +Created pod: web-/m,
  );
  expect(await cluster.tryMinikctl(['events', '-n', 'kube-public'])).toEqual({
    status: 0,
    stdout: '',
    stderr: 'No events found in kube-public namespace.\n',
  });
});

test('scale and wait', async () => {
  expect(await cluster.minikctl('scale', 'rs/web', '--replicas=1')).toBe('replicaset.apps/web scaled\n');
  expect(await cluster.minikctl('wait', 'rs/web', '--for=jsonpath={.status.replicas}=1')).toBe(
    'replicaset.apps/web condition met\n',
  );
  expect(await cluster.tryMinikctl(['wait', 'rs/web', '--for=condition=Nonsense', '--timeout=1s'])).toMatchObject({
    status: 1,
    stderr: 'error: timed out waiting for the condition on replicasets/web\n',
  });
});

test('api-resources and version', async () => {
  expect(
    await cluster.minikctl('api-resources', '--categories=all', '--api-group=apps', '--sort-by=kind', '-o', 'name'),
  ).toBe('daemonsets.apps\ndeployments.apps\nreplicasets.apps\nstatefulsets.apps\n');
  expect(await cluster.minikctl('api-resources', '--api-group=autoscaling', '--no-headers')).toMatch(
    /^horizontalpodautoscalers +hpa +autoscaling\/v2 .*\n$/,
  );
  expect(await cluster.minikctl('api-resources')).toMatch(
    /^NAME +SHORTNAMES +APIVERSION +NAMESPACED +KIND\n[\s\S]*\npods +po +v1 +true +Pod\n/,
  );
  expect(await cluster.minikctl('version')).toMatch(/^Client Version: v\S+\nServer Version: v1\.\d+\.\d+\+minik\n$/);
});
