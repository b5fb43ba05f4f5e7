/**
 * Where the proxy subresources of pods, services and nodes lead to. Pure.
 *
 * A name in the URL may carry a scheme and a port: `web`, `web:8080`, `https:web:`.
 *
 * Upstream: apimachinery/pkg/util/net/port_split.go, pkg/registry/core/pod/strategy.go (ResourceLocation),
 * pkg/registry/core/service/storage/rest.go (ResourceLocation)
 */

import { badRequest, serviceUnavailable } from '../../api/errors.ts';
import type { Endpoints, Pod, Service } from '../../api/types.ts';

export interface ProxyName {
  scheme: 'http' | 'https';
  name: string;
  /** A number or a port's name; empty when not given. */
  port: string;
}

export interface Location {
  scheme: 'http' | 'https';
  host: string;
  port: number;
}

const defaultPorts = { http: 80, https: 443 };

/** Splits the name; undefined when it has too many parts, or a scheme that there is not. */
export function splitName(text: string): ProxyName | undefined {
  const parts = text.split(':');
  const [scheme, name, port] =
    parts.length === 1 ? ['', parts[0], ''] : parts.length === 2 ? ['', ...parts] : parts.length === 3 ? parts : [];
  if (!name || port === undefined || !['', 'http', 'https'].includes(scheme!)) return undefined;
  return { scheme: scheme === 'https' ? 'https' : 'http', name, port };
}

/** A port number, or undefined for what is none. */
export const portNumber = (text: string): number | undefined =>
  /^\d{1,5}$/.test(text) && Number(text) < 65536 ? Number(text) : undefined;

/** The pod's address, at the port asked for or the first that it declares. Throws a 400 for a pod without an address. */
export function podLocation({ scheme, port }: ProxyName, { spec, status }: Pod): Location {
  const host = status?.podIPs?.[0]?.ip ?? status?.podIP ?? '';
  if (!host || /^(127|169\.254|0)\./.test(host)) throw badRequest('address not allowed');
  const declared = (spec?.containers ?? []).find(({ ports }) => ports?.length)?.ports?.[0]?.containerPort;
  const number = port === '' ? (declared ?? defaultPorts[scheme]) : portNumber(port);
  if (!number) throw serviceUnavailable(`error trying to reach service: dial tcp: lookup tcp/${port}: unknown port`);
  return { scheme, host, port: number };
}

type EndpointAddress = NonNullable<NonNullable<Endpoints['subsets']>[number]['addresses']>[number];

/**
 * One of the service's endpoints that are pods, chosen by `random` (0 to 1): whoever writes endpoints must not have the server call
 * any address they like. Throws a 503 when there is none.
 */
export function serviceLocation(
  { scheme, name, port }: ProxyName,
  service: Service,
  endpoints: Endpoints | undefined,
  isPod: (address: EndpointAddress) => boolean,
  random: number,
): Location {
  let portName = port;
  const number = portNumber(port);
  if (number !== undefined) {
    const found = service.spec?.ports?.find((candidate) => candidate.port === number);
    if (!found) throw serviceUnavailable(`no service port ${number} found for service ${JSON.stringify(name)}`);
    portName = found.name ?? '';
  }
  const candidates = (endpoints?.subsets ?? []).flatMap(({ addresses = [], ports = [] }) => {
    const at = ports.find((candidate) => (candidate.name ?? '') === portName);
    return at ? addresses.filter(isPod).map(({ ip }) => ({ scheme, host: ip, port: at.port })) : [];
  });
  const chosen = candidates[Math.floor(random * candidates.length)];
  if (!chosen) throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  return chosen;
}
