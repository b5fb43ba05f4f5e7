/** The Docker runtime passes the suite of runtimes, and does with real containers what a simulation cannot show. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectDocker } from '../kubelet/runtime/docker/connect.ts';
import { DockerRuntime } from '../kubelet/runtime/docker/docker-runtime.ts';
import { defaultPauseImage } from '../kubelet/runtime/docker/pause-image.ts';
import { execSync } from '../kubelet/runtime/exec-sync.ts';
import type { PodSandboxConfig } from '../kubelet/runtime/runtime.ts';
import { eventually, patienceMs } from './harness/eventually.ts';
import { containerConfig, describeRuntime, sandboxConfig } from './runtime-suite.ts';

const docker = await connectDocker('').catch((error: Error) => {
  console.warn(`skipped: ${error.message}`);
  return undefined;
});

async function createRuntime(): Promise<{ runtime: DockerRuntime; cleanUp: () => Promise<void> }> {
  const cluster = `test-${randomUUID().slice(0, 8)}`;
  // Outside of the ranges that clusters take.
  const third = Math.floor(Math.random() * 200);
  const runtime = new DockerRuntime(docker!, {
    endpoint: '',
    cluster,
    node: 'node-1',
    nodeIp: '127.0.0.1',
    network: cluster,
    clusterCidr: `10.255.${third}.0/24`,
    pauseImage: defaultPauseImage,
  });
  await runtime.updatePodCidr(`10.255.${third}.128/25`);
  const cleanUp = async (): Promise<void> => {
    for (const sandbox of await runtime.listPodSandboxes()) await runtime.removePodSandbox(sandbox.id);
    await docker!.getNetwork(cluster).remove();
  };
  return { runtime, cleanUp };
}

describe.skipIf(!docker)('docker', () => {
  describeRuntime('docker', createRuntime);

  describe('real containers', () => {
    let runtime: DockerRuntime;
    let cleanUp: () => Promise<void>;
    const runSandbox = async (sandbox: PodSandboxConfig): Promise<string> => {
      const id = await runtime.runPodSandbox(sandbox);
      await runtime.podSandboxReady(id);
      return id;
    };
    const folder = mkdtempSync(join(tmpdir(), 'minik-runtime-'));

    beforeAll(async () => {
      ({ runtime, cleanUp } = await createRuntime());
    });
    afterAll(async () => {
      await cleanUp();
      rmSync(folder, { recursive: true });
    });

    test('a port of the pod’s loopback is reached, and one that nobody listens on is not', async () => {
      const sandbox = sandboxConfig('dial');
      const sandboxId = await runSandbox(sandbox);
      const config = containerConfig(sandbox, 'echo hello > /tmp/index.html; exec httpd -f -p 127.0.0.1:8080 -h /tmp');
      await runtime.startContainer(await runtime.createContainer(sandboxId, config, sandbox));
      const ask = async (): Promise<string | undefined> => {
        const connection = await runtime.dial(sandboxId, 8080).catch(() => undefined);
        connection?.end('GET /index.html HTTP/1.0\r\n\r\n');
        return connection && text(connection);
      };
      expect(await eventually('the server', ask)).toMatch(/hello\n$/);
      const answers = await Promise.all(Array.from({ length: 20 }, ask));
      expect(answers.filter((answer) => answer?.endsWith('hello\n')).length).toBe(20);
      await expect(runtime.dial(sandboxId, 8081)).rejects.toThrow('ECONNREFUSED');
      await runtime.removePodSandbox(sandboxId);
      await expect(runtime.dial(sandboxId, 8080)).rejects.toMatchObject({ code: 'NotFound' });
    });

    test('containers of a pod share its address and host name, and see their mounts and variables', async () => {
      const sandbox = sandboxConfig('shared');
      const sandboxId = await runSandbox(sandbox);
      const [{ ip } = { ip: undefined }] = await runtime.listPodSandboxes(sandbox.metadata.uid);
      writeFileSync(join(folder, 'greeting'), 'hello');
      const config = containerConfig(sandbox, 'httpd -f -p 8080 -h /data');
      config.mounts = [{ hostPath: folder, containerPath: '/data', readOnly: true }];
      const server = await runtime.createContainer(sandboxId, config, sandbox);
      await runtime.startContainer(server);
      const client = await runtime.createContainer(
        sandboxId,
        { ...containerConfig(sandbox, 'sleep 1000'), metadata: { name: 'client', attempt: 0 } },
        sandbox,
      );
      await runtime.startContainer(client);
      const inClient = async (script: string) => execSync(runtime, client, ['sh', '-c', script], patienceMs);
      expect(await inClient('hostname; hostname -i; echo $COLOUR')).toEqual({
        exitCode: 0,
        output: `shared\n${ip}\nblue\n`,
      });
      await eventually(
        'the answer',
        async () => (await inClient('wget -qO- http://localhost:8080/greeting')).output === 'hello',
      );
      const written = await execSync(runtime, server, ['touch', '/data/x'], patienceMs);
      expect(written).toMatchObject({ exitCode: 1, output: expect.stringContaining('Read-only file system') });
      const answer = await fetch(`http://${ip}:8080/greeting`);
      expect(await answer.text()).toBe('hello');
      await runtime.removePodSandbox(sandboxId);
    });

    test('a container over its memory limit is reported as OOMKilled', async () => {
      const sandbox = sandboxConfig('hungry');
      const sandboxId = await runSandbox(sandbox);
      let attempt = 0;
      // When it is busy, Docker misses the reason now and then. Another container ends for the same one.
      const status = await eventually('Docker knows why', async () => {
        const config = containerConfig(sandbox, 'x=a; while true; do x=$x$x; done', attempt++);
        config.resources = { memoryLimitBytes: 16 << 20 };
        const id = await runtime.createContainer(sandboxId, config, sandbox);
        await runtime.startContainer(id);
        const isTold = async () => {
          const now = await runtime.containerStatus(id);
          return now?.reason === 'OOMKilled' && now;
        };
        // It may tell of the end before it tells of the reason.
        return eventually('the reason', isTold, { timeoutMs: 5_000 });
      });
      expect(status).toMatchObject({ state: 'exited', exitCode: 137 });
      await runtime.removePodSandbox(sandboxId);
    });

    test('a command that does not exist fails the start and leaves an exited container', async () => {
      const sandbox = sandboxConfig('broken');
      const sandboxId = await runSandbox(sandbox);
      const config = { ...containerConfig(sandbox, ''), command: ['/no/such/program'] };
      const id = await runtime.createContainer(sandboxId, config, sandbox);
      await expect(runtime.startContainer(id)).rejects.toThrow(
        /Error response from daemon: .*no such file or directory/s,
      );
      expect(await runtime.containerStatus(id)).toMatchObject({
        state: 'exited',
        exitCode: 127,
        reason: 'ContainerCannotRun',
      });
      await runtime.removePodSandbox(sandboxId);
    });

    test('a sandbox that cannot start is removed, with what was created in it', async () => {
      const mapping = { protocol: 'TCP' as const, containerPort: 80, hostPort: 38_099 };
      const first = { ...sandboxConfig('first'), portMappings: [mapping] };
      const second = { ...sandboxConfig('second'), portMappings: [mapping] };
      const firstId = await runSandbox(first);
      const secondId = await runtime.runPodSandbox(second);
      await expect(runtime.podSandboxReady(secondId)).rejects.toThrow(/port is already allocated/);
      expect(await runtime.listPodSandboxes(second.metadata.uid)).toEqual([]);
      expect(await runtime.listContainers(second.metadata.uid)).toEqual([]);
      await runtime.removePodSandbox(firstId);
    });

    test('the pause process collects what a shared process namespace leaves behind', async () => {
      const sandbox = { ...sandboxConfig('reaped'), shareProcessNamespace: true };
      const sandboxId = await runSandbox(sandbox);
      const id = await runtime.createContainer(sandboxId, containerConfig(sandbox, 'sleep 1000'), sandbox);
      await runtime.startContainer(id);
      const inApp = (script: string) => execSync(runtime, id, ['sh', '-c', script], patienceMs);
      expect((await inApp('tr -d "\\0" < /proc/1/cmdline')).output).toBe('/pause');
      await inApp('(sleep 0.05 &)');
      await eventually('the orphan ends', async () => !(await inApp('ps')).output.includes('sleep 0.05'));
      expect((await inApp('cat /proc/[0-9]*/stat')).output).not.toMatch(/\) Z /);
      await runtime.removePodSandbox(sandboxId);
    });

    test('another cluster does not see the pods', async () => {
      const sandbox = sandboxConfig('mine');
      const sandboxId = await runSandbox(sandbox);
      const other = new DockerRuntime(docker!, {
        endpoint: '',
        cluster: 'other',
        node: 'node-1',
        nodeIp: '127.0.0.1',
        network: 'other',
        clusterCidr: '10.251.0.0/16',
        pauseImage: defaultPauseImage,
      });
      expect(await other.listPodSandboxes()).toEqual([]);
      await runtime.removePodSandbox(sandboxId);
    });

    test('an image that cannot be pulled is the daemon’s error', async () => {
      const pulling = runtime.images.pull('localhost:1/none:1', undefined, AbortSignal.timeout(patienceMs));
      await expect(pulling).rejects.toThrow(/^Error response from daemon: .*localhost:1/);
    });
  });
});
