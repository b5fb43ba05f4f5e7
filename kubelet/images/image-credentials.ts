/** The credentials for an image among a pod's pull secrets. Upstream: pkg/credentialprovider */
import type { Secret } from '../../api/types.ts';
import type { ImageAuth } from '../runtime/runtime.ts';
import { registryOf } from './image-name.ts';

interface DockerConfig {
  auths?: Record<string, { username?: string; password?: string; auth?: string }>;
}

const host = (server: string): string => {
  const name = server.replace(/^https?:\/\//, '').split('/')[0] ?? '';
  return name === 'index.docker.io' || name === 'registry-1.docker.io' ? 'docker.io' : name;
};

/** The first entry for the image's registry; undefined when no secret has one. */
export function credentialsFor(image: string, secrets: Secret[]): ImageAuth | undefined {
  for (const secret of secrets) {
    for (const [server, entry] of Object.entries(authsOf(secret))) {
      if (host(server) !== registryOf(image)) continue;
      const [username = '', password = ''] = entry.auth
        ? split(Buffer.from(entry.auth, 'base64').toString())
        : [entry.username, entry.password];
      return { username, password, serverAddress: server };
    }
  }
  return undefined;
}

const split = (pair: string): [string, string] => [pair.slice(0, pair.indexOf(':')), pair.slice(pair.indexOf(':') + 1)];

/** A secret that cannot be read has no credentials; the pull then fails with the registry's own words. */
function authsOf({ data = {} }: Secret): NonNullable<DockerConfig['auths']> {
  const text = data['.dockerconfigjson'] ?? data['.dockercfg'];
  if (!text) return {};
  try {
    const config = JSON.parse(Buffer.from(text, 'base64').toString()) as DockerConfig;
    return config.auths ?? (data['.dockercfg'] ? (config as NonNullable<DockerConfig['auths']>) : {});
  } catch {
    return {};
  }
}
