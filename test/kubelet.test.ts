/** The kubelet on Docker, in a whole cluster: what containers see, how they fail, restart and end, and who may look. */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configmaps } from '../api/kinds/configmaps.ts';
import { events } from '../api/kinds/events.ts';
import { pods } from '../api/kinds/pods.ts';
import { secrets } from '../api/kinds/secrets.ts';
import { isConditionTrue } from '../api/meta.ts';
import type { ContainerStatus, Pod } from '../api/types.ts';
import type { RestClient } from '../client/rest.ts';
import { Cluster } from './harness/cluster.ts';
import { eventually } from './harness/eventually.ts';
import { output } from './harness/run.ts';

const namespace = 'default';
const image = 'busybox:1.35';

let cluster: Cluster;
let client: RestClient;

beforeAll(async () => {
  cluster = await Cluster.start();
  client = cluster.client();
  await client
    .of(configmaps)
    .create({ metadata: { name: 'settings', namespace }, data: { colour: 'blue', 'a.conf': 'x=1\n' } });
  const password = Buffer.from('s3cret').toString('base64');
  await client.of(secrets).create({ metadata: { name: 'login', namespace }, data: { password } });
});

afterAll(() => cluster?.purge());

type Spec = NonNullable<Pod['spec']>;
type Main = Partial<Spec['containers'][number]>;

/** Creates a pod of one container `main` that runs a shell script. */
async function run(name: string, script: string, main: Main = {}, spec: Partial<Spec> = {}): Promise<void> {
  const containers = [{ name: 'main', image, command: ['sh', '-c', script], ...main }];
  await client
    .of(pods)
    .create({ metadata: { name, namespace }, spec: { terminationGracePeriodSeconds: 1, ...spec, containers } });
}

const get = (name: string): Promise<Pod> => client.of(pods).get(name, namespace);

const until = (
  name: string,
  what: string,
  holds: (pod: Pod, main: ContainerStatus | undefined) => unknown,
): Promise<Pod> =>
  eventually(`${name} ${what}`, async () => {
    const pod = await get(name);
    return holds(pod, pod.status?.containerStatuses?.[0]) ? pod : undefined;
  });

const ready = (name: string): Promise<Pod> =>
  until(name, 'is ready', (pod) => isConditionTrue(pod.status?.conditions, 'Ready'));

const exec = async (name: string, script: string): Promise<string> =>
  cluster.minikctl('exec', name, '--', 'sh', '-c', script);

/** Events about a pod, as `REASON MESSAGE`. */
const eventsOf = async (name: string): Promise<string[]> => {
  const list = await client.of(events).list({ namespace, fieldSelector: `involvedObject.name=${name}` });
  return list.items.map((event) => `${event.reason} ${event.message}`);
};

const main = (pod: Pod): ContainerStatus => pod.status!.containerStatuses![0]!;

const runsOn = 'trap exit TERM; while true; do sleep 1; done';

describe('a container sees', () => {
  test('its variables, from every source', async () => {
    await run('variables', `echo "$0 $1"; ${runsOn}`, {
      args: ['$(GREETING)', '$$(GREETING) $(NONE)'],
      env: [
        { name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'colour' } } },
        { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'login', key: 'password' } } },
        { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
        { name: 'ABSENT', valueFrom: { configMapKeyRef: { name: 'none', key: 'k', optional: true } } },
        { name: 'GREETING', value: 'hello $(COLOUR)' },
      ],
      envFrom: [{ prefix: 'ALL_', configMapRef: { name: 'settings' } }],
      resources: { limits: { memory: '32Mi' } },
    });
    const pod = await ready('variables');
    const seen = await exec(
      'variables',
      'echo $COLOUR $PASSWORD $POD_IP $MEMORY $ALL_colour [$ABSENT] $KUBERNETES_SERVICE_PORT',
    );
    expect(seen).toBe(`blue s3cret ${pod.status?.podIP} 32 blue [] 443\n`);
    expect(await cluster.minikctl('logs', 'variables')).toBe('hello blue $(GREETING) $(NONE)\n');
  });

  test('its volumes, and changes of a ConfigMap', async () => {
    await run(
      'volumes',
      runsOn,
      {
        volumeMounts: [
          { name: 'settings', mountPath: '/settings' },
          { name: 'settings', mountPath: '/one', subPath: 'a.conf' },
          { name: 'login', mountPath: '/login' },
          { name: 'scratch', mountPath: '/scratch' },
          { name: 'memory', mountPath: '/memory' },
          { name: 'about', mountPath: '/about' },
        ],
      },
      {
        volumes: [
          { name: 'settings', configMap: { name: 'settings' } },
          {
            name: 'login',
            secret: { secretName: 'login', items: [{ key: 'password', path: 'deep/word', mode: 0o400 }] },
          },
          { name: 'scratch', emptyDir: {} },
          { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
          {
            name: 'about',
            projected: {
              sources: [{ downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } }],
            },
          },
        ],
      },
    );
    await ready('volumes');
    expect(
      await exec('volumes', 'cat /settings/colour /login/deep/word /about/name /one; stat -Lc %a /login/deep/word'),
    ).toBe('blues3cretvolumesx=1\n400\n');
    expect(
      await exec('volumes', 'echo kept > /scratch/file; cat /scratch/file; grep -c "tmpfs /memory" /proc/mounts'),
    ).toBe('kept\n1\n');
    const write = await cluster.tryMinikctl(['exec', 'volumes', '--', 'touch', '/settings/x']);
    expect(write).toMatchObject({ status: 1, stderr: expect.stringContaining('Read-only file system') });
    await client.of(configmaps).patch('settings', namespace, { data: { colour: 'green' } });
    // It would come within a minute; a change of the pod brings it at once.
    await client.of(pods).patch('volumes', namespace, { metadata: { annotations: { changed: 'yes' } } });
    await eventually('the new value', async () => (await exec('volumes', 'cat /settings/colour')) === 'green');
  });

  test('its limits and its identity', async () => {
    await run('limited', runsOn, {
      resources: { limits: { cpu: '250m', memory: '32Mi' } },
      securityContext: {
        runAsUser: 1000,
        runAsGroup: 3000,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    });
    expect((await ready('limited')).status?.qosClass).toBe('Guaranteed');
    expect(await exec('limited', 'id -u; id -g; touch /x 2>&1; grep CapEff /proc/self/status')).toBe(
      '1000\n3000\ntouch: /x: Read-only file system\nCapEff:\t0000000000000000\n',
    );
    const { main: id } = await cluster.containers('limited');
    const limits = await output('docker', [
      'inspect',
      id!,
      '--format',
      '{{.HostConfig.CpuQuota}} {{.HostConfig.Memory}}',
    ]);
    expect(limits.trim()).toBe(`25000 ${32 << 20}`);
  });

  test('the other containers of its pod, and what init containers left', async () => {
    const shared = { volumeMounts: [{ name: 'data', mountPath: '/data' }] };
    await client.of(pods).create({
      metadata: { name: 'together', namespace },
      spec: {
        terminationGracePeriodSeconds: 1,
        initContainers: [{ name: 'init', image, command: ['sh', '-c', 'hostname > /data/index.html'], ...shared }],
        containers: [
          { name: 'server', image, command: ['httpd', '-f', '-p', '8080', '-h', '/data'], ...shared },
          { name: 'client', image, command: ['sh', '-c', runsOn] },
        ],
        volumes: [{ name: 'data', emptyDir: {} }],
      },
    });
    const { status } = await ready('together');
    const inClient = ['exec', 'together', '-c', 'client', '--', 'wget', '-qO-', 'http://localhost:8080/'];
    expect(await cluster.minikctl(...inClient)).toBe('together\n');
    expect(await (await fetch(`http://${status?.podIP}:8080/`)).text()).toBe('together\n');
  });
});

describe('a container that fails', () => {
  test('restarts, with a delay that doubles, and its end is told', async () => {
    await run('crash', 'echo last words > /dev/termination-log; exit 3');
    const pod = await until('crash', 'is in back-off', (_, c) => c?.state?.waiting?.reason === 'CrashLoopBackOff');
    expect(main(pod)).toMatchObject({
      restartCount: 1,
      state: {
        waiting: { message: `back-off 10s restarting failed container=main pod=crash_default(${pod.metadata.uid})` },
      },
      lastState: { terminated: { exitCode: 3, reason: 'Error', message: 'last words\n' } },
    });
    expect(pod.status?.phase).toBe('Running');
    await eventually('the event', async () =>
      (await eventsOf('crash')).includes(
        `BackOff Back-off restarting failed container main in pod crash_default(${pod.metadata.uid})`,
      ),
    );
    await until('crash', 'restarts again', (_, c) => (c?.restartCount ?? 0) === 2);
    expect(await cluster.tryMinikctl(['logs', 'crash', '--previous'])).toMatchObject({ status: 0 });
  });

  test('or does not, where the policy says so', async () => {
    await run('once', 'echo done', {}, { restartPolicy: 'Never' });
    await run('twice', 'exit 1', {}, { restartPolicy: 'OnFailure' });
    const done = await until('once', 'has ended', ({ status }) => status?.phase === 'Succeeded');
    expect(main(done).state?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
    expect(await cluster.minikctl('logs', 'once')).toBe('done\n');
    await until('twice', 'was restarted', (_, c) => (c?.restartCount ?? 0) > 0);
  });

  test('for want of memory says so', async () => {
    const limited = { resources: { limits: { memory: '16Mi' } } };
    let tries = 0;
    // An engine that is busy misses the reason now and then. Another container ends for the same one.
    const killed = await eventually('the engine knows why', async () => {
      const name = `out-of-memory-${tries++}`;
      await run(name, 'x=a; while true; do x=$x$x; done', limited, { restartPolicy: 'Never' });
      await until(name, 'has ended', ({ status }) => status?.phase === 'Failed');
      const isTold = async (): Promise<Pod | false> => {
        const pod = await get(name);
        return main(pod).state?.terminated?.reason === 'OOMKilled' && pod;
      };
      // It may learn why only after the container has ended.
      return eventually('the reason', isTold, { timeoutMs: 5_000 });
    });
    expect(killed.status?.phase).toBe('Failed');
    expect(main(killed).state?.terminated?.exitCode).toBe(137);
  });

  test('because of its image, command or configuration says what is wrong', async () => {
    await run('no-image', '', { image: 'localhost:1/none:1' });
    await run('bad-image', '', { image: 'NOT::a name' });
    await run('never-pull', '', { image: 'absent:1', imagePullPolicy: 'Never' });
    await run('no-command', '', { command: ['/no/such/program'] });
    await run('no-key', runsOn, { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'later', key: 'k' } } }] });
    await run('no-volume', runsOn, {}, { volumes: [{ name: 'v', configMap: { name: 'later' } }] });
    const waits = (name: string, reason: string): Promise<Pod> =>
      until(name, `waits: ${reason}`, (_, c) => c?.state?.waiting?.reason === reason);
    expect(main(await waits('no-image', 'ImagePullBackOff')).state?.waiting?.message).toContain(
      'Back-off pulling image "localhost:1/none:1"',
    );
    await waits('bad-image', 'InvalidImageName');
    await waits('never-pull', 'ErrImageNeverPull');
    expect(main(await waits('no-command', 'CrashLoopBackOff')).lastState?.terminated).toMatchObject({ exitCode: 127 });
    expect(main(await waits('no-key', 'CreateContainerConfigError')).state?.waiting?.message).toBe(
      'configmap "later" not found',
    );
    await eventually('the event', async () =>
      (await eventsOf('no-volume')).includes(
        'FailedMount MountVolume.SetUp failed for volume "v" : configmap "later" not found',
      ),
    );
    await client.of(configmaps).create({ metadata: { name: 'later', namespace }, data: { k: 'v' } });
    await Promise.all([ready('no-key'), ready('no-volume')]);
  });

  test('its probes is taken out of service, or restarted', async () => {
    const probe = { periodSeconds: 1, failureThreshold: 1 };
    await run('unready', `touch /tmp/ok; ${runsOn}`, {
      readinessProbe: { ...probe, exec: { command: ['cat', '/tmp/ok'] } },
    });
    await run('unwell', runsOn, { livenessProbe: { ...probe, httpGet: { port: 80, path: '/' } } });
    await ready('unready');
    await exec('unready', 'rm /tmp/ok');
    const pod = await until('unready', 'is unready', ({ status }) => !isConditionTrue(status?.conditions, 'Ready'));
    expect(main(pod)).toMatchObject({ ready: false, restartCount: 0, state: { running: {} } });
    await until('unwell', 'was restarted', (_, c) => (c?.restartCount ?? 0) > 0);
    expect(await eventsOf('unwell')).toContain('Killing Container main failed liveness probe, will be restarted');
  });

  test('its readiness probe is ready when that passes, not before', async () => {
    const { resourceVersion = '' } = (await client.of(pods).list({ namespace })).metadata;
    const end = new AbortController();
    const watch = client
      .of(pods)
      .watch({ namespace, fieldSelector: 'metadata.name=waits', resourceVersion, signal: end.signal });
    await run('waits', runsOn, { readinessProbe: { periodSeconds: 1, exec: { command: ['cat', '/tmp/ok'] } } });
    const seen: boolean[] = [];
    for await (const { object } of watch) {
      const { status } = object as Pod;
      const isReady = isConditionTrue(status?.conditions, 'Ready');
      const runs = status?.containerStatuses?.[0]?.state?.running;
      if (runs && seen.length === 0) await exec('waits', 'touch /tmp/ok');
      if (runs) seen.push(isReady);
      if (isReady) break;
    }
    end.abort();
    expect([seen[0], seen.at(-1)]).toEqual([false, true]);
  });

  test('that somebody kills or removes, or whose sandbox dies, comes back', async () => {
    await run('victim', runsOn);
    await ready('victim');
    const restarted = (count: number): Promise<Pod> =>
      until('victim', `restarted ${count} times`, (_, c) => c?.restartCount === count && c.state?.running);
    await output('docker', ['kill', (await cluster.containers('victim'))['main']!]);
    await restarted(1);
    await output('docker', ['rm', '-f', (await cluster.containers('victim'))['main']!]);
    await restarted(2);
    const before = (await cluster.containers('victim'))['POD']!;
    await output('docker', ['kill', before]);
    await restarted(3);
    expect((await cluster.containers('victim'))['POD']).not.toBe(before);
  });
});

describe('a pod that ends', () => {
  test('runs its hook, gets its grace period, and leaves nothing behind', async () => {
    const shared = { volumeMounts: [{ name: 'out', mountPath: '/out' }] };
    const volumes = [{ name: 'out', hostPath: { path: join(cluster.dataDir, 'out'), type: 'DirectoryOrCreate' } }];
    await run(
      'graceful',
      'trap "echo term >> /out/log; sleep 1; echo done >> /out/log; exit 0" TERM; while true; do sleep 0.1; done',
      { ...shared, lifecycle: { preStop: { exec: { command: ['sh', '-c', 'echo hook >> /out/log'] } } } },
      { terminationGracePeriodSeconds: 20, volumes },
    );
    await ready('graceful');
    const { uid } = (await get('graceful')).metadata;
    await cluster.minikctl('delete', 'pod', 'graceful');
    expect(readFileSync(join(cluster.dataDir, 'out', 'log'), 'utf8')).toBe('hook\nterm\ndone\n');
    expect(await eventsOf('graceful')).toContain('Killing Stopping container main');
    await eventually('nothing is left', async () => {
      const left = await output('docker', ['ps', '-aq', '--filter', `label=io.kubernetes.pod.uid=${uid}`]);
      return left.trim() === '';
    });
  });

  test('is killed when it does not stop', async () => {
    await run('stubborn', 'trap "" TERM; while true; do sleep 1; done', {}, { terminationGracePeriodSeconds: 2 });
    await ready('stubborn');
    const started = Date.now();
    await cluster.minikctl('delete', 'pod', 'stubborn');
    expect(Date.now() - started).toBeGreaterThan(1500);
  });

  test('when its time is over has failed', async () => {
    await run('late', runsOn, {}, { activeDeadlineSeconds: 1 });
    const pod = await until('late', 'has failed', ({ status }) => status?.phase === 'Failed');
    expect(pod.status).toMatchObject({ reason: 'DeadlineExceeded' });
  });
});

describe('the kubelet’s server', () => {
  /** The status of a request with one of the cluster's certificates, or with none. */
  const statusWith = (identity: string | undefined): Promise<number> => {
    const pki = (file: string): Buffer => readFileSync(join(cluster.dataDir, 'pki', file));
    const { nodeCIDR } = JSON.parse(readFileSync(join(cluster.dataDir, 'cluster.json'), 'utf8')) as {
      nodeCIDR: string;
    };
    const host = nodeCIDR.replace(/\.0\/\d+$/, '.1');
    const credentials = identity ? { cert: pki(`${identity}.crt`), key: pki(`${identity}.key`) } : {};
    return new Promise((resolve, reject) => {
      const sent = request(
        { host, port: 10250, path: '/pods', ca: pki('ca.crt'), agent: false, ...credentials },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      sent.on('error', reject);
      sent.end();
    });
  };

  test.each([
    [undefined, 401],
    ['scheduler', 403],
    ['apiserver-kubelet-client', 200],
  ])('answers the bearer of the certificate %s with %i', async (identity, status) => {
    expect(await statusWith(identity)).toBe(status);
  });
});
