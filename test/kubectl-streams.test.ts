/** What flows between kubectl and containers: exec, attach, cp, port-forward, debug, and HTTP through the API server's proxy. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { ApiError } from '../api/errors.ts';
import { pods } from '../api/kinds/pods.ts';
import { isPodReady } from '../api/pods.ts';
import type { Pod, Status } from '../api/types.ts';
import type { RestClient } from '../client/rest.ts';
import { Cluster, root } from './harness/cluster.ts';
import { eventually } from './harness/eventually.ts';
import { kubectlPaths } from './harness/kubectl.ts';
import { isPresent, type RunOptions, run } from './harness/run.ts';

const answerMethods = `
read -r method path version
while read -r line; do [ "$(printf %s "$line" | tr -d '\\r')" = "" ] && break; done
body="{\\"Method\\":\\"$method\\",\\"Path\\":\\"$path\\",\\"Body\\":\\"foo\\"}"
printf 'HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\ncontent-length: %d\\r\\nconnection: close\\r\\n\\r\\n' \${#body}
[ "$method" = HEAD ] || printf %s "$body"
`;

/** A server on the pod's address, one on its loopback only, one that answers once it has heard everything, one for all methods. */
const manifest = `
apiVersion: v1
kind: ConfigMap
metadata: { name: programs }
data:
  methods: |
    #!/bin/sh${answerMethods.replaceAll('\n', '\n    ')}
  upper: |
    #!/bin/sh
    tr a-z A-Z
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: { name: web }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: main
          image: busybox:1.35
          stdin: true
          command:
            - sh
            - -c
            - |
              mkdir /www; echo hello > /www/index.html; dd if=/dev/zero of=/www/zeros bs=1M count=8 2>/dev/null
              httpd -p 8080 -h /www; httpd -p 127.0.0.1:8081 -h /www
              nc -ll -p 8082 -e /programs/upper & nc -ll -p 8083 -e /programs/methods &
              echo ready; while read -r line; do echo "heard $line"; done; exec sleep 3600
          ports: [{ name: http, containerPort: 8080 }]
          volumeMounts: [{ name: programs, mountPath: /programs }]
      volumes: [{ name: programs, configMap: { name: programs, defaultMode: 493 } }]
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: { app: web }
  ports: [{ name: plain, port: 80, targetPort: http }, { name: methods, port: 81, targetPort: 8083 }]
`;

const versions = [27, 33].filter((minor) => kubectlPaths.has(minor));
if (versions.length < 2) console.warn(`kubectl's streams are tested with 1.${versions.join(', 1.') || 'none'} only`);

let cluster: Cluster;
let client: RestClient;
let pod: string;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'minik-streams-'));
  cluster = await Cluster.start();
  client = cluster.client();
  expect(await cluster.apply(manifest)).toMatchObject({ status: 0 });
  const ready = async (): Promise<string | undefined> => {
    const { items } = await client.of(pods).list({ namespace: 'default', labelSelector: 'app=web' });
    return items.find(isPodReady)?.metadata.name;
  };
  pod = await eventually('the pod runs', ready);
});

afterAll(async () => {
  client?.close();
  rmSync(folder, { recursive: true, force: true });
  await cluster?.purge();
});

/** Answers of the API server, whatever they are. */
async function raw(method: string, path: string): Promise<{ status: number; text: string }> {
  try {
    const answer = await client.request({ method, path });
    return { status: answer.status, text: answer.text };
  } catch (error) {
    if (error instanceof ApiError) return { status: error.code, text: error.message };
    throw error;
  }
}

/** Asks a forwarded port and hears the answer to its end; `question` may be followed by the end of what is sent. */
function ask(port: number, question: string, end = true): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  if (end) socket.end(question);
  else socket.write(question);
  return text(socket);
}

const get = (path: string): string => `GET ${path} HTTP/1.0\r\n\r\n`;

describe.each(versions)('kubectl 1.%i', (minor) => {
  const program = kubectlPaths.get(minor)!;
  const kubectl = (args: string[], options?: RunOptions) => run(program, cluster.kubectlArgs(...args), options);
  const inTerminal = (args: string[]): string[] => [
    '-qec',
    `stty rows 31 cols 117; '${[program, ...cluster.kubectlArgs(...args)].join("' '")}'`,
    '/dev/null',
  ];

  test('exec: both outputs, the exit code, and what cannot be run', async () => {
    expect(await kubectl(['exec', pod, '-c', 'main', '--', 'sh', '-c', 'echo out; echo err >&2; exit 3'])).toEqual({
      status: 3,
      stdout: 'out\n',
      stderr: 'err\ncommand terminated with exit code 3\n',
    });
    expect(await kubectl(['exec', pod, '-c', 'none', '--', 'true'])).toMatchObject({
      status: 1,
      stderr: `Error from server (BadRequest): container none is not valid for pod ${pod}\n`,
    });
    expect((await kubectl(['exec', pod, '--', 'no-such-program'])).status).not.toBe(0);
  });

  test('exec -i: megabytes both ways, and the end of stdin', async () => {
    const bytes = randomBytes(6_000_000).toString('base64');
    const { status, stdout } = await kubectl(['exec', '-i', pod, '--', 'cat'], { input: bytes });
    expect([status, stdout.length, stdout === bytes]).toEqual([0, bytes.length, true]);
    expect(await kubectl(['exec', '-i', pod, '--', 'wc', '-c'], { input: 'four' })).toMatchObject({ stdout: '4\n' });
  });

  test.skipIf(!isPresent('script', '--version'))('exec -it: a terminal of the size of the caller’s', async () => {
    const sizeOf =
      'tty; until size=$(stty size 2>/dev/null) && [ "$size" = "31 117" ]; do sleep 0.1; done; echo "$size"';
    const { stdout } = await run('script', inTerminal(['exec', '-it', pod, '--', 'sh', '-c', sizeOf]), {
      keepInputOpen: true,
    });
    expect(stdout).toMatch(/\/dev\/pts\/\d+\r\n[\s\S]*31 117\r\n/);
  });

  test('attach: what is said is heard by the process, and its answer comes back', async () => {
    const child = spawn(program, cluster.kubectlArgs('attach', '-i', pod));
    let seen = '';
    child.stdout.setEncoding('utf8').on('data', (part) => (seen += part));
    await eventually('an answer', () => {
      child.stdin.write(`one ${minor}\n`);
      return seen.includes(`heard one ${minor}`);
    });
    child.kill();
  });

  test('run -i: a pod for one question', async () => {
    const args = ['run', '-i', '--rm', `once-${minor}`, '--image=busybox:1.35', '--restart=Never', '--', 'sh'];
    const result = await kubectl(args, { input: 'echo "via $0"; exit 4\n' });
    expect([result.status, result.stdout]).toEqual([4, expect.stringContaining('via sh\n')]);
  });

  test('cp: there and back', async () => {
    const [there, back] = [join(folder, `there-${minor}`), join(folder, `back-${minor}`)];
    const bytes = randomBytes(2_000_000);
    writeFileSync(there, bytes);
    expect((await kubectl(['cp', there, `${pod}:/tmp/copied-${minor}`])).status).toBe(0);
    expect((await kubectl(['cp', `${pod}:/tmp/copied-${minor}`, back])).status).toBe(0);
    expect(readFileSync(back).equals(bytes)).toBe(true);
  });

  describe('port-forward', () => {
    const port = 25800 + minor * 10;
    let forward: ChildProcess;
    let said = '';

    beforeAll(async () => {
      const ports = [8080, 8081, 8082, 9999].map((remote, i) => `${port + i}:${remote}`);
      forward = spawn(program, cluster.kubectlArgs('port-forward', 'replicaset/web', '--address=127.0.0.1', ...ports));
      for (const stream of [forward.stdout, forward.stderr])
        stream!.setEncoding('utf8').on('data', (part: string) => (said += part));
      await eventually('it listens', () => said.includes(`127.0.0.1:${port + 3} ->`));
    });

    afterAll(() => void forward?.kill());

    test('to a server on the pod’s address, and to one on its loopback only', async () => {
      expect(await ask(port, get('/index.html'), false)).toMatch(/200 OK[\s\S]*hello\n$/);
      expect(await ask(port + 1, get('/index.html'), false)).toMatch(/200 OK[\s\S]*hello\n$/);
    });

    test('many connections at once, with megabytes', async () => {
      const answers = await Promise.all(Array.from({ length: 12 }, () => ask(port, get('/zeros'), false)));
      for (const answer of answers) expect(answer.length).toBeGreaterThan(8 * 1024 * 1024);
    });

    test('each direction ends by itself', async () => {
      expect(await ask(port + 2, 'question '.repeat(50_000))).toBe('QUESTION '.repeat(50_000));
    });

    test('a port that nobody listens on is told', async () => {
      await ask(port + 3, 'hello?').catch(() => undefined);
      await eventually('the reason', () => /error forwarding port 9999 to pod \w+/.test(said));
    });
  });

  test('port-forward to a Service', async () => {
    const port = 25806 + minor * 10;
    const child = spawn(program, cluster.kubectlArgs('port-forward', 'service/web', `${port}:80`));
    try {
      await eventually('an answer', async () => /hello\n$/.test(await ask(port, get('/index.html'), false)));
    } finally {
      child.kill();
    }
  });

  test('debug: a container beside the one that is looked at', async () => {
    const args = ['debug', '-i', pod, '--image=busybox:1.35', '--target=main', '-c', `look-${minor}`, '--', 'sh'];
    const { stdout } = await kubectl(args, { input: 'ps; hostname; exit\n' });
    expect(stdout).toMatch(/httpd -p 8080/);
    await eventually('its end is reported', async () => {
      const { status } = await client.of(pods).get(pod, 'default');
      const own = status?.ephemeralContainerStatuses?.find(({ name }) => name === `look-${minor}`);
      return own?.state?.terminated?.exitCode === 0;
    });
  });
});

describe('the API server', () => {
  const open = (path: string, protocols: string[]): WebSocket => {
    const { server, ca, cert, key } = client.config;
    return new WebSocket(new URL(path, server.replace('https', 'wss')), protocols, { ca, cert, key });
  };
  const path = (what: string): string => `/api/v1/namespaces/default/pods/${pod}/${what}`;

  async function messages(socket: WebSocket): Promise<Buffer[]> {
    const all: Buffer[] = [];
    socket.on('message', (data: Buffer) => all.push(data));
    await new Promise((resolve, reject) => socket.on('close', resolve).on('error', reject));
    return all;
  }

  test('conformance: Pods, remote command execution over websocket', async () => {
    const command = '?command=cat&command=/www/index.html&stdout=1&stderr=1&container=main';
    const all = await messages(open(path(`exec${command}`), ['channel.k8s.io']));
    expect([all[0]?.length, all[0]?.[0]]).toEqual([1, 1]);
    expect(all.map((message) => [message[0], message.subarray(1).toString()]).filter(([, said]) => said)).toEqual([
      [1, 'hello\n'],
    ]);
    const coded = await messages(open(path(`exec${command}`), ['v4.base64.channel.k8s.io']));
    const decoded = coded.map(
      (message) => `${message.toString()[0]}${Buffer.from(message.toString().slice(1), 'base64')}`,
    );
    expect(decoded).toContain('1hello\n');
    const outcome = decoded.find((message) => message.startsWith('3'))!;
    expect((JSON.parse(outcome.slice(1)) as Status).status).toBe('Success');
  });

  test('conformance: Pods, logs from websockets', async () => {
    const all = await messages(open(path('log?container=main&tailLines=100'), ['binary.k8s.io']));
    expect(Buffer.concat(all).toString()).toMatch(/^ready\n/);
  });

  test('exec without any stream, or without a command, is refused by the kubelet', async () => {
    const refusal = (query: string) =>
      messages(open(path(`exec?${query}`), ['v5.channel.k8s.io'])).catch((error: Error) => error.message);
    expect(await refusal('command=ls')).toBe('Unexpected server response: 400');
    expect(await refusal('stdout=1')).toBe('Unexpected server response: 400');
  });

  test('port-forward over the channels of a WebSocket', async () => {
    const socket = open(path('portforward?ports=8082'), ['v4.channel.k8s.io']);
    const heard: Buffer[] = [];
    socket.on('message', (data: Buffer) => {
      heard.push(data);
      if (heard.length === 2) socket.send(Buffer.from('\0over channels\n'));
    });
    await eventually('the answer', () => Buffer.concat(heard.filter(([id]) => id === 0)).includes('OVER CHANNELS'));
    expect(heard.slice(0, 2)).toEqual([Buffer.from([0, 0x92, 0x1f]), Buffer.from([1, 0x92, 0x1f])]);
    socket.close();
  });

  const methods = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];
  const targets = (): string[] => [`pods/${pod}:8083`, 'services/web:methods'];
  const proxied = (target: string, rest: string): string => `/api/v1/namespaces/default/${target}/proxy${rest}`;

  test('conformance: Proxy, validate Proxy responses', async () => {
    for (const target of targets()) {
      for (const method of methods.filter((name) => name !== 'GET' && name !== 'HEAD')) {
        const { status, text } = await raw(method, proxied(target, `?method=${method}`));
        expect([target, status, JSON.parse(text)]).toEqual([
          target,
          200,
          { Method: method, Path: `/?method=${method}`, Body: 'foo' },
        ]);
      }
      for (const method of ['GET', 'HEAD']) expect((await raw(method, proxied(target, '?a=b'))).status).toBe(301);
    }
  });

  test('conformance: Proxy, validate ProxyWithPath responses', async () => {
    for (const target of targets()) {
      for (const method of methods) {
        const { status, text } = await raw(method, proxied(target, `/some/path/with/${method}`));
        const body = method === 'HEAD' ? '' : `{"Method":"${method}","Path":"/some/path/with/${method}","Body":"foo"}`;
        expect([target, status, text]).toEqual([target, 200, body]);
      }
    }
  });

  test('what cannot be reached is said so', async () => {
    const status = (await client.of(pods).get(pod, 'default')).status!;
    expect(await raw('GET', proxied(`pods/${pod}:9999`, '/'))).toEqual({
      status: 503,
      text: `error trying to reach service: dial tcp ${status.podIP}:9999: connect: connection refused`,
    });
    expect((await raw('GET', proxied('services/kubernetes', '/'))).text).toBe(
      'no endpoints available for service "kubernetes"',
    );
  });

  test('the kubelet through its node', async () => {
    const { items } = JSON.parse((await raw('GET', '/api/v1/nodes/minik-1/proxy/pods')).text) as { items: Pod[] };
    expect(items.map(({ metadata }) => metadata.name)).toContain(pod);
  });
});

describe('minikctl', () => {
  const start = (...args: string[]): ChildProcess =>
    spawn(process.execPath, [join(root, 'cli/main.ts'), '--data-dir', cluster.dataDir, ...args]);

  test('port-forward: to a pod, and to the port of a Service', async () => {
    for (const [port, target, remote] of [
      [25891, `pod/${pod}`, '8080'],
      [25892, 'service/web', 'plain'],
    ] as const) {
      const child = start('port-forward', target, `${port}:${remote}`);
      let said = '';
      for (const stream of [child.stdout, child.stderr])
        stream!.setEncoding('utf8').on('data', (part: string) => (said += part));
      try {
        await eventually('it listens', () => said.includes(`Forwarding from 127.0.0.1:${port} -> 8080\n`));
        const answers = await Promise.all([1, 2, 3].map(() => ask(port, get('/index.html'), false)));
        for (const answer of answers) expect(answer).toMatch(/hello\n$/);
        expect(said).toContain(`Handling connection for ${port}\n`);
      } finally {
        child.kill();
      }
    }
  });

  test('attach: stdin to the process, and what it says back', async () => {
    const child = start('attach', '-i', pod, '-c', 'main');
    let seen = '';
    child.stdout!.setEncoding('utf8').on('data', (part: string) => (seen += part));
    await eventually('an answer', () => {
      child.stdin!.write('by minikctl\n');
      return seen.includes('heard by minikctl');
    });
    child.kill();
  });
});

describe('a resize', () => {
  const resize = (resources: object) =>
    client
      .of(pods)
      .patch(
        'sized',
        'default',
        { spec: { containers: [{ name: 'main', resources }] } },
        { type: 'strategic', subresource: 'resize' },
      );
  const current = async () => {
    const { status } = await client.of(pods).get('sized', 'default');
    return { status, container: status?.containerStatuses?.[0] };
  };

  beforeAll(async () => {
    const resources = { requests: { cpu: '50m', memory: '32Mi' }, limits: { cpu: '100m', memory: '64Mi' } };
    const resizePolicy = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }];
    const container = { name: 'main', image: 'busybox:1.35', command: ['sleep', '3600'], resources, resizePolicy };
    const spec = { terminationGracePeriodSeconds: 0, containers: [container] };
    await client.of(pods).create({ metadata: { name: 'sized', namespace: 'default' }, spec });
    await eventually('it runs', async () => (await current()).container?.state?.running);
    expect((await current()).container).toMatchObject({ resources, allocatedResources: resources.requests });
  });

  test('of cpu reaches the running container', async () => {
    const before = (await current()).container!;
    await resize({ limits: { cpu: '200m' } });
    await eventually(
      'the runtime has it',
      async () => (await current()).container?.resources?.limits?.['cpu'] === '200m',
    );
    const quota = 'cat /sys/fs/cgroup/cpu.max 2>/dev/null || cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us';
    expect(await cluster.kubectl('exec', 'sized', '--', 'sh', '-c', quota)).toMatch(/^20000\b/);
    const after = await eventually('it is over', async () => {
      const { status, container } = await current();
      return status?.conditions?.some(({ type }) => type.startsWith('PodResize')) ? undefined : container;
    });
    expect([after.containerID, after.restartCount]).toEqual([before.containerID, 0]);
  });

  test('of memory starts the container again, where it says so', async () => {
    await resize({ limits: { memory: '96Mi' } });
    await eventually('it runs again', async () => {
      const { container } = await current();
      return (
        container?.restartCount === 1 && container.state?.running && container.resources?.limits?.['memory'] === '96Mi'
      );
    });
  });

  test('to more than the node has is pending', async () => {
    await resize({ requests: { cpu: '900' }, limits: { cpu: '900' } });
    const reason = async () =>
      (await current()).status?.conditions?.find(({ type }) => type === 'PodResizePending')?.reason === 'Infeasible';
    await eventually('the condition', reason);
    expect((await current()).container?.resources?.limits?.['cpu']).toBe('200m');
  });
});

describe('ephemeral containers', () => {
  const container = (name: string, more: object = {}): object => ({ name, image: 'busybox:1.35', ...more });
  const add = (containers: object[]) =>
    client
      .of(pods)
      .patch(
        pod,
        'default',
        { spec: { ephemeralContainers: containers } },
        { type: 'strategic', subresource: 'ephemeralcontainers' },
      );
  const stateOf = async (name: string) => {
    const { status } = await client.of(pods).get(pod, 'default');
    return status?.ephemeralContainerStatuses?.find((own) => own.name === name)?.state;
  };

  test('conformance: Ephemeral Container Creation', async () => {
    await add([container('debugger', { command: ['sh', '-c', 'echo polo; sleep 3600'], tty: false })]);
    await eventually('it runs', async () => (await stateOf('debugger'))?.running);
    const log = await client.request({
      path: `/api/v1/namespaces/default/pods/${pod}/log`,
      query: { container: 'debugger' },
    });
    expect(log.text).toBe('polo\n');
  });

  test('conformance: Ephemeral Container, update ephemeral containers', async () => {
    await add([container('second', { command: ['sh', '-c', 'exit 7'] })]);
    await eventually('it ended', async () => (await stateOf('second'))?.terminated?.exitCode === 7);
    const { spec } = await client.of(pods).get(pod, 'default');
    expect(spec?.ephemeralContainers?.map(({ name }) => name)).toEqual(expect.arrayContaining(['debugger', 'second']));
    await expect(add([container('debugger', { image: 'other' })])).rejects.toMatchObject({
      code: 422,
      message: expect.stringContaining('existing ephemeral containers "debugger" may not be changed'),
    });
    await expect(add([container('main')])).rejects.toMatchObject({
      message: expect.stringContaining('Duplicate value'),
    });
  });
});
