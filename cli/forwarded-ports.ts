/**
 * The ports of `port-forward`: what `8080:80` means, and to which port of a pod a port of a Service leads.
 * Upstream: kubectl/pkg/cmd/portforward (translateServicePortToTargetPort), client-go/tools/portforward
 */

import type { Pod, Service } from '../api/types.ts';
import { containersOf } from './pods-of.ts';

export interface ForwardedPort {
  /** 0 for any that is free. */
  local: number;
  remote: number;
}

/** Reads `80`, `8080:80` and `:80`; a name is looked up by `numberOf`. Throws for anything else. */
export function parsePort(text: string, numberOf: (port: string) => number): ForwardedPort {
  const parts = text.split(':');
  if (parts.length > 2) throw new Error(`invalid port format '${text}'`);
  const [first = '', second] = parts;
  const remote = numberOf(second ?? first);
  if (second === undefined) return { local: /^\d+$/.test(first) ? Number(first) : remote, remote };
  const local = first === '' ? 0 : portNumber(first, 'local');
  return { local, remote };
}

function portNumber(text: string, what: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65535) return port;
  throw new Error(`error parsing ${what} port '${text}': it is not a number from 0 to 65535`);
}

/** The port of a pod by its number or by the name that a container gives it. */
export function podPort(pod: Pod, text: string): number {
  if (/^\d+$/.test(text)) return portNumber(text, 'remote');
  const named = containersOf(pod)
    .flatMap(({ ports }) => ports ?? [])
    .find(({ name }) => name === text);
  if (named) return named.containerPort;
  throw new Error(`Pod '${pod.metadata.name}' does not have a named port '${text}'`);
}

/** The port of a pod behind a port of a Service, by number or name. */
export function servicePort(service: Service, pod: Pod, text: string): number {
  const found = service.spec?.ports?.find(({ port, name }) => name === text || String(port) === text);
  if (!found) throw new Error(`Service ${service.metadata.name} does not have a service port ${text}`);
  if (service.spec?.clusterIP === 'None') return found.port;
  return podPort(pod, String(found.targetPort ?? found.port));
}
