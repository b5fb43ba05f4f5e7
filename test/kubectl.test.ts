/** kubectl, as it is installed, against a cluster with real containers. */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster } from './harness/cluster.ts';
import { eventually } from './harness/eventually.ts';
import { kubectlMissing, kubectlPath } from './harness/kubectl.ts';
import { isPresent, output } from './harness/run.ts';

if (kubectlMissing) console.warn(`kubectl tests are skipped: ${kubectlMissing}`);

const pod = `
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec:
  terminationGracePeriodSeconds: 1
  containers:
    - name: main
      image: busybox:1.35
      command: [sh, -c, 'echo started; trap "exit 0" TERM; while true; do sleep 0.2; [ -f /tmp/say ] && cat /tmp/say && rm /tmp/say; done']
`;

const configMap = `
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { colour: blue }
`;

describe.skipIf(kubectlMissing)('kubectl', () => {
  let cluster: Cluster;
  const k = (...args: string[]): Promise<string> => cluster.kubectl(...args);

  beforeAll(async () => {
    cluster = await Cluster.start();
  });

  afterAll(() => cluster?.purge());

  /** Starts kubectl and collects what it prints until `stop`. */
  function follow(...args: string[]): { text: () => string; stop: () => Promise<void> } {
    const child = spawn(kubectlPath, cluster.kubectlArgs(...args), { stdio: ['ignore', 'pipe', 'pipe'] });
    let seen = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (seen += text));
    const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
    return {
      text: () => seen,
      stop: () => {
        child.kill();
        return closed;
      },
    };
  }

  test('apply creates, and get -w tells how the pod becomes Running', async () => {
    const watch = follow('get', 'pods', '-w');
    expect(await cluster.tryKubectl(['apply', '-f', '-'], { input: pod })).toMatchObject({
      stdout: 'pod/web created\n',
    });
    expect(await k('wait', '--for=condition=Ready', 'pod/web', '--timeout=120s')).toBe('pod/web condition met\n');
    await eventually('the watch shows the change', () =>
      /web\s+0\/1\s+(Pending|ContainerCreating)[\s\S]*web\s+1\/1\s+Running/.test(watch.text()),
    );
    await watch.stop();
  });

  test('apply again: unchanged, then configured', async () => {
    expect(await cluster.tryKubectl(['apply', '-f', '-'], { input: pod })).toMatchObject({
      stdout: 'pod/web unchanged\n',
    });
    const labelled = pod.replace('app: web }', 'app: web, tier: front }');
    expect(await cluster.tryKubectl(['apply', '-f', '-'], { input: labelled })).toMatchObject({
      stdout: 'pod/web configured\n',
    });
    expect(await k('get', 'pod', 'web', '--show-labels')).toMatch(/app=web,tier=front/);
  });

  test('get prints the columns of Kubernetes', async () => {
    expect(await k('get', 'pods')).toMatch(
      /^NAME\s+READY\s+STATUS\s+RESTARTS\s+AGE\nweb\s+1\/1\s+Running\s+0\s+\d+s\n$/,
    );
    const wide = await k('get', 'pods', '-o', 'wide');
    expect(wide).toMatch(/^NAME\s+READY\s+STATUS\s+RESTARTS\s+AGE\s+IP\s+NODE\s+NOMINATED NODE\s+READINESS GATES\n/);
    expect(wide).toMatch(/web\s+1\/1\s+Running\s+0\s+\d+s\s+10\.\d+\.\d+\.\d+\s+minik-1\s+<none>\s+<none>\n$/);
    expect(await k('get', 'nodes')).toMatch(/minik-1\s+Ready\s+\S+\s+\S+\s+v1\.\d+/);
  });

  test('describe tells the story of the pod', async () => {
    const text = await k('describe', 'pod', 'web');
    for (const line of [
      /Node:\s+minik-1\//,
      /Status:\s+Running/,
      /Image:\s+busybox:1\.35/,
      /Container ID:\s+docker:\/\//,
    ])
      expect(text).toMatch(line);
    await eventually('its events', async () => {
      const described = await k('describe', 'pod', 'web');
      return ['Scheduled', 'Pulled', 'Created', 'Started'].every((reason) => described.includes(reason));
    });
    expect(await k('describe', 'node', 'minik-1')).toMatch(/Allocated resources/);
  });

  test('create -f, and create again is refused', async () => {
    expect(await cluster.tryKubectl(['create', '-f', '-'], { input: configMap })).toMatchObject({
      stdout: 'configmap/settings created\n',
    });
    expect(await cluster.tryKubectl(['create', '-f', '-'], { input: configMap })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('configmaps "settings" already exists'),
    });
  });

  test('patch of each type', async () => {
    const patches: [string, string][] = [
      ['merge', '{"data":{"colour":"red","size":"large"}}'],
      ['json', '[{"op":"replace","path":"/data/colour","value":"green"}]'],
      ['strategic', '{"data":{"size":null}}'],
    ];
    for (const [type, patch] of patches)
      expect(await k('patch', 'configmap', 'settings', '--type', type, '-p', patch)).toBe(
        'configmap/settings patched\n',
      );
    expect(await k('get', 'cm', 'settings', '-o', 'jsonpath={.data}')).toBe('{"colour":"green"}');
  });

  test('label and annotate', async () => {
    expect(await k('label', 'pod', 'web', 'stage=test')).toBe('pod/web labeled\n');
    expect(await k('get', 'pods', '-l', 'stage=test', '-o', 'name')).toBe('pod/web\n');
    expect(await k('annotate', 'pod', 'web', 'note=seen')).toBe('pod/web annotated\n');
    expect(await k('get', 'pod', 'web', '-o', 'jsonpath={.metadata.annotations.note}')).toBe('seen');
  });

  test('logs -f follows', async () => {
    const logs = follow('logs', '-f', 'web');
    await eventually('the first line', () => logs.text().includes('started'));
    await k('exec', 'web', '--', 'sh', '-c', 'echo something new > /tmp/line && mv /tmp/line /tmp/say');
    await eventually('the new line', () => logs.text().includes('something new'));
    await logs.stop();
    expect(await k('logs', 'web', '--tail=1')).toBe('something new\n');
  });

  test('exec without a terminal: both streams, standard input, the exit code', async () => {
    expect(await cluster.tryKubectl(['exec', 'web', '--', 'sh', '-c', 'echo out; echo err >&2; exit 3'])).toEqual({
      status: 3,
      stdout: 'out\n',
      stderr: 'err\ncommand terminated with exit code 3\n',
    });
    expect(
      await cluster.tryKubectl(['exec', '-i', 'web', '--', 'tr', 'a-z', 'A-Z'], { input: 'hello\n' }),
    ).toMatchObject({
      status: 0,
      stdout: 'HELLO\n',
    });
  });

  test.skipIf(!isPresent('script', '--version'))('exec with a terminal', async () => {
    // The terminal's size is sent once the command runs, so a command may be ahead of it.
    const sizeOf = 'tty; until size=$(stty size 2>/dev/null) && [ -n "$size" ]; do sleep 0.1; done; echo "$size"';
    const command = [kubectlPath, ...cluster.kubectlArgs('exec', '-it', 'web', '--', 'sh', '-c', sizeOf)].join("' '");
    const text = await output('script', ['-qec', `stty rows 31 cols 117; '${command}'`, '/dev/null'], {
      keepInputOpen: true,
    });
    expect(text).toMatch(/\/dev\/pts\/\d+\r\n/);
    expect(text).toMatch(/31 117\r\n/);
  });

  test('explain and api-resources', async () => {
    const text = await k('explain', 'pod.spec.containers');
    expect(text).toMatch(/KIND:\s+Pod\nVERSION:\s+v1/);
    expect(text).toMatch(/FIELD: containers <\[\]Container>/);
    expect(text).toMatch(/ {2}image\t<string>/);
    const resources = await k('api-resources');
    expect(resources).toMatch(/pods\s+po\s+v1\s+true\s+Pod/);
    expect(resources).toMatch(/replicasets\s+rs\s+apps\/v1\s+true\s+ReplicaSet/);
  });

  test('unknown fields: strict, warn, ignore', async () => {
    const bad = configMap.replace('settings', 'strange').replace('\ndata:', '\ndat: {}\ndata:');
    const apply = (how: string) => cluster.tryKubectl(['apply', `--validate=${how}`, '-f', '-'], { input: bad });
    expect(await apply('strict')).toMatchObject({ status: 1, stderr: expect.stringContaining('unknown field "dat"') });
    expect(await apply('warn')).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('Warning: unknown field "dat"'),
    });
    await k('delete', 'cm', 'strange');
    expect(await apply('ignore')).toMatchObject({ status: 0, stdout: 'configmap/strange created\n' });
  });

  test('delete waits until the pod and its containers are gone', async () => {
    expect(await k('delete', 'pod', 'web')).toMatch(/^pod "web" deleted/);
    expect(await cluster.containers('web')).toEqual({});
    expect(await cluster.tryKubectl(['get', 'pod', 'web'])).toMatchObject({
      status: 1,
      stderr: 'Error from server (NotFound): pods "web" not found\n',
    });
    expect(await k('wait', '--for=delete', 'pod/web', '--timeout=120s')).toBe('');
  });
});
