/**
 * What `minikctl` itself asks of Docker: whether it answers, and the removal of what a cluster left there. Respects
 * DOCKER_HOST. The library is loaded only for the removal.
 */
import { get } from 'node:http';
import type Docker from 'dockerode';
import type { Address } from './components.ts';

/** Where Docker listens. */
export function dockerAddress(host = process.env['DOCKER_HOST']): Address {
  const url = new URL(host || 'unix:///var/run/docker.sock');
  if (url.protocol === 'unix:') return { path: url.pathname };
  return { host: url.hostname, port: Number(url.port || 2375) };
}

const pingTimeoutMs = 5_000;

/** Throws, with what to do, when no engine answers there. */
export async function requireDocker(): Promise<void> {
  const address = dockerAddress();
  const where = 'path' in address ? { socketPath: address.path } : address;
  const failure = await new Promise<string | undefined>((resolve) => {
    get({ ...where, path: '/_ping', timeout: pingTimeoutMs }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? undefined : `status ${response.statusCode}`);
    })
      .on('timeout', () => resolve('no answer'))
      .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
  if (failure === undefined) return;
  throw new Error(
    `Docker does not answer at ${'path' in address ? address.path : `${address.host}:${address.port}`} (${failure}); ` +
      'install and start it with "npm run setup", set DOCKER_HOST, or run simulated pods with --runtime fake',
  );
}

/** How many removals run at once; more gain nothing. */
const concurrency = 8;

/** Removes the containers that have all of the labels. Returns how many there were. */
export async function removeContainers(labels: Record<string, string>): Promise<number> {
  const docker = await connectDocker();
  const label = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const containers = await docker.listContainers({ all: true, filters: { label } });
  const queue = [...containers];
  const work = async (): Promise<void> => {
    for (let next = queue.pop(); next; next = queue.pop())
      await docker.getContainer(next.Id).remove({ force: true, v: true }).catch(ignoreGone);
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return containers.length;
}

/** Removes the networks that have the label. */
export async function removeNetworks(label: string): Promise<void> {
  const docker = await connectDocker();
  for (const { Id } of await docker.listNetworks({ filters: { label: [label] } }))
    await docker.getNetwork(Id).remove().catch(ignoreGone);
}

async function connectDocker(): Promise<Docker> {
  const { default: Client } = await import('dockerode');
  return new Client();
}

/** Somebody else removed it first: that is what was wanted. */
function ignoreGone(error: { statusCode?: number }): void {
  if (error.statusCode !== 404) throw error;
}
