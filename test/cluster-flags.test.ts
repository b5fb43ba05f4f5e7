/** Flags that `minikctl cluster up` hands to the API server: on a cluster that runs, kept for later, taken back. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pathsOf } from '../cli/cluster/layout.ts';
import { loadKubeconfig } from '../client/kubeconfig.ts';
import { RestClient } from '../client/rest.ts';
import { root } from './harness/cluster.ts';
import { type Result, run } from './harness/run.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'minik-flags-'));
const paths = pathsOf(dataDir);
const minikctl = (...args: string[]): Promise<Result> =>
  run(join(root, 'cli/minikctl'), args, { env: { MINIK_HOME: dataDir } });
const up = (...args: string[]): Promise<Result> =>
  minikctl('cluster', 'up', '--runtime', 'fake', ...args.map((arg) => `--kube-apiserver-arg=${arg}`));

/** What somebody without credentials is answered. */
async function strangersAnswer(): Promise<number> {
  const { server, ca } = loadKubeconfig(paths.kubeconfig);
  const client = new RestClient({ server, ca });
  try {
    return (await client.request({ path: '/version' })).status;
  } catch (error) {
    return (error as { code: number }).code;
  } finally {
    client.close();
  }
}

beforeAll(async () => {
  expect(await up()).toMatchObject({ status: 0 });
});
afterAll(async () => {
  await minikctl('cluster', 'down', '--purge');
  rmSync(dataDir, { recursive: true, force: true });
});

test('a flag counts once `up` has ended, and is kept until it is taken back', async () => {
  expect(await strangersAnswer()).toBe(200);
  expect(await up('anonymous-auth=false', 'v=4')).toMatchObject({ status: 0 });
  expect(await strangersAnswer()).toBe(401);
  expect(await up('v=')).toMatchObject({ status: 0 });
  expect(await strangersAnswer()).toBe(401);
  expect(JSON.parse(readFileSync(paths.cluster, 'utf8'))).toMatchObject({
    apiserverArgs: { 'anonymous-auth': 'false' },
  });
  expect(await up('anonymous-auth=')).toMatchObject({ status: 0 });
  expect(await strangersAnswer()).toBe(200);
});

test('what is no flag is refused; a flag that the server does not have is told, and can be taken back', async () => {
  for (const text of ['v', '--v=4', '=4', '']) {
    const { status, stderr } = await up(text);
    expect({ text, status, stderr }).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`--kube-apiserver-arg must be NAME=VALUE such as v=4, not "${text}"`),
    });
  }
  expect(await up('no-such-flag=1')).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/apiserver did not become ready: it keeps ending .*'--no-such-flag=1'/),
  });
  expect(await up('no-such-flag=')).toMatchObject({ status: 0 });
  expect(await strangersAnswer()).toBe(200);
});
