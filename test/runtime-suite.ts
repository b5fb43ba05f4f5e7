/** What every container runtime must do, whatever carries it. A runtime's test runs this with a way to make one. */
import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { containerNameLabel, podNameLabel, podNamespaceLabel, podUidLabel } from '../kubelet/runtime/labels.ts';
import type {
  ContainerConfig,
  ContainerEvent,
  PodSandboxConfig,
  Runtime,
  RuntimeContainerStatus,
} from '../kubelet/runtime/runtime.ts';
import { eventually, patienceMs } from './harness/eventually.ts';

const image = 'busybox:1.35';

export const sandboxConfig = (name: string): PodSandboxConfig => {
  const uid = randomUUID();
  return {
    metadata: { name, namespace: 'default', uid, attempt: 0 },
    hostname: name,
    labels: { [podNameLabel]: name, [podNamespaceLabel]: 'default', [podUidLabel]: uid, [containerNameLabel]: 'POD' },
    annotations: {},
    portMappings: [],
    hostNetwork: false,
    hostPID: false,
    hostIPC: false,
    shareProcessNamespace: false,
    sysctls: {},
  };
};

export const containerConfig = (sandbox: PodSandboxConfig, script: string, attempt = 0): ContainerConfig => ({
  metadata: { name: 'app', attempt },
  image,
  command: ['sh', '-c', script],
  args: [],
  envs: [{ name: 'COLOUR', value: 'blue' }],
  mounts: [],
  devices: [],
  labels: { ...sandbox.labels, [containerNameLabel]: 'app' },
  annotations: { 'io.kubernetes.container.restartCount': String(attempt) },
  stdin: false,
  stdinOnce: false,
  tty: false,
  resources: {},
  security: {
    privileged: false,
    readOnlyRootFilesystem: false,
    noNewPrivileges: false,
    supplementalGroups: [],
    capabilities: { add: [], drop: [] },
    seccompUnconfined: true,
  },
});

/** A sink that remembers. */
export function collector(): Writable & { text(): string } {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return Object.assign(sink, { text: () => Buffer.concat(chunks).toString() });
}

export function describeRuntime(
  name: string,
  create: () => Promise<{ runtime: Runtime; cleanUp: () => Promise<void> }>,
): void {
  describe(`${name} runtime`, () => {
    let runtime: Runtime;
    let cleanUp: () => Promise<void>;

    const readLogs = async (id: string, options: Partial<Parameters<Runtime['logs']>[1]> = {}): Promise<string> => {
      const stdout = collector();
      const signal = new AbortController().signal;
      await runtime.logs(id, { follow: false, timestamps: false, stdout, stderr: stdout, signal, ...options });
      return stdout.text();
    };
    const exited = (id: string): Promise<RuntimeContainerStatus> =>
      eventually(`${id} exits`, async () => {
        const status = await runtime.containerStatus(id);
        return status?.state === 'exited' && status;
      });
    const runSandbox = async (sandbox: PodSandboxConfig): Promise<string> => {
      const id = await runtime.runPodSandbox(sandbox);
      await runtime.podSandboxReady(id);
      return id;
    };
    const startApp = async (
      sandboxId: string,
      sandbox: PodSandboxConfig,
      script: string,
      attempt = 0,
    ): Promise<string> => {
      const id = await runtime.createContainer(sandboxId, containerConfig(sandbox, script, attempt), sandbox);
      await runtime.startContainer(id);
      return id;
    };

    beforeAll(async () => {
      ({ runtime, cleanUp } = await create());
      if (!(await runtime.images.status(image)))
        await runtime.images.pull(image, undefined, AbortSignal.timeout(patienceMs));
    });
    afterAll(() => cleanUp());

    test('is ready once it knows the addresses of pods', async () => {
      expect(await runtime.status()).toMatchObject([
        { type: 'RuntimeReady', status: true },
        { type: 'NetworkReady', status: true },
      ]);
    });

    test('a pod has an address, its containers start, log and end with their exit code', async () => {
      const sandbox = sandboxConfig('one');
      const sandboxId = await runSandbox(sandbox);
      const [listed] = await runtime.listPodSandboxes(sandbox.metadata.uid);
      expect(listed).toMatchObject({ id: sandboxId, state: 'ready', metadata: sandbox.metadata });
      expect(listed?.ip).toMatch(/^10\.\d+\.\d+\.\d+$/);

      const id = await startApp(sandboxId, sandbox, 'echo first; echo second; sleep 0.2; exit 3');
      const status = await exited(id);
      expect(status).toMatchObject({
        exitCode: 3,
        reason: 'Error',
        podSandboxId: sandboxId,
        metadata: { name: 'app', attempt: 0 },
      });
      expect(status.annotations['io.kubernetes.container.restartCount']).toBe('0');
      expect(status.finishedAt).toBeGreaterThanOrEqual(status.startedAt);
      expect(await readLogs(id)).toBe('first\nsecond\n');
      expect(await readLogs(id, { tail: 1 })).toBe('second\n');
      expect(await readLogs(id, { since: Date.now() + 60_000 })).toBe('');
      expect(await readLogs(id, { timestamps: true, tail: 1 })).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z second\n$/);

      await runtime.removePodSandbox(sandboxId);
      expect(await runtime.listPodSandboxes(sandbox.metadata.uid)).toEqual([]);
      expect(await runtime.listContainers(sandbox.metadata.uid)).toEqual([]);
      expect(await runtime.containerStatus(id)).toBeUndefined();
    });

    test('following a log ends with the container', async () => {
      const sandbox = sandboxConfig('follow');
      const sandboxId = await runSandbox(sandbox);
      const id = await startApp(sandboxId, sandbox, 'echo now; sleep 0.5; echo later');
      expect(await readLogs(id, { follow: true })).toBe('now\nlater\n');
      await runtime.removePodSandbox(sandboxId);
    });

    test('exec answers the command’s output and exit code', async () => {
      const sandbox = sandboxConfig('exec');
      const sandboxId = await runSandbox(sandbox);
      const id = await startApp(sandboxId, sandbox, 'sleep 1000');
      const stdout = collector();
      const signal = AbortSignal.timeout(patienceMs);
      const code = await runtime.exec(id, ['sh', '-c', 'echo hello; exit 7'], { stdout, tty: false, signal });
      expect({ code, text: stdout.text() }).toEqual({ code: 7, text: 'hello\n' });
      await runtime.removePodSandbox(sandboxId);
    });

    test('stopping is repeatable and reported as events', async () => {
      const sandbox = sandboxConfig('stop');
      const abort = new AbortController();
      const seen: ContainerEvent[] = [];
      const following = (async () => {
        for await (const event of runtime.events(abort.signal))
          if (event.podUid === sandbox.metadata.uid) seen.push(event);
      })();
      const sandboxId = await runSandbox(sandbox);
      const id = await startApp(sandboxId, sandbox, 'sleep 1000');
      await eventually('the start event', () => seen.some((e) => e.type === 'started' && e.containerId === id));
      await runtime.stopContainer(id, 0);
      expect(await exited(id)).toMatchObject({ exitCode: 137, reason: 'Error' });
      await eventually('the stop event', () => seen.some((e) => e.type === 'stopped' && e.containerId === id));
      await runtime.stopContainer(id, 0);
      await runtime.stopPodSandbox(sandboxId);
      await runtime.stopPodSandbox(sandboxId);
      expect(await runtime.listPodSandboxes(sandbox.metadata.uid)).toMatchObject([{ state: 'notready' }]);
      await runtime.removePodSandbox(sandboxId);
      await runtime.removePodSandbox(sandboxId);
      await runtime.removeContainer(id);
      abort.abort();
      await following;
    });
  });
}
