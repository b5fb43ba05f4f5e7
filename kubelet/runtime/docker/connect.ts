/** The connection to the Docker daemon. The client library is loaded here only, so that other runtimes do without it. */
import type Docker from 'dockerode';
import { RuntimeError } from '../runtime.ts';
import { toRuntimeError } from './errors.ts';
import { loadDockerode } from './load-dockerode.ts';

/**
 * A client of the daemon at `endpoint` (`unix:///var/run/docker.sock`, `tcp://host:port`; empty: DOCKER_HOST or the
 * usual socket). Rejects with what to do when nothing answers.
 */
export async function connectDocker(endpoint: string): Promise<Docker> {
  const Client = await loadDockerode();
  const docker = new Client(optionsOf(endpoint));
  try {
    await docker.ping();
  } catch (error) {
    const where = endpoint || process.env['DOCKER_HOST'] || 'unix:///var/run/docker.sock';
    throw new RuntimeError(
      'Unavailable',
      `no Docker engine answers at ${where} (${toRuntimeError(error).message}): start it (systemctl start docker, or dockerd), ` +
        'give its address with --container-runtime-endpoint, or simulate containers with --container-runtime=fake',
    );
  }
  return docker;
}

function optionsOf(endpoint: string): Docker.DockerOptions | undefined {
  if (!endpoint) return undefined;
  if (endpoint.startsWith('unix://')) return { socketPath: endpoint.slice('unix://'.length) };
  if (endpoint.startsWith('/')) return { socketPath: endpoint };
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url?.protocol === 'tcp:' || url?.protocol === 'http:')
    return { protocol: 'http', host: url.hostname, port: url.port || 2375 };
  throw new RuntimeError('Unavailable', `cannot use Docker at "${endpoint}": expected unix:///path or tcp://host:port`);
}
