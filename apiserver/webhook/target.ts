/**
 * Where a webhook is reached: at its URL, or at a Service's cluster IP or endpoints. A Service is looked up at each call, because
 * its endpoints come and go.
 *
 * Upstream: apiserver/pkg/util/webhook/client.go, apiserver/pkg/util/proxy/proxy.go (ResolveCluster, ResolveEndpoint)
 */
import { isIPv4 } from 'node:net';
import type { WebhookClientConfig } from '../../api/custom-resource-definition.ts';
import type { EndpointSlice, Service } from '../../api/types.ts';
import { readRoutes, whyUnreachable } from '../../client/local-routes.ts';
import { isLocalAddress } from '../kubelet/local-address.ts';
import type { Resources } from '../registry/resources.ts';

export interface Target {
  /** As it stands in errors, without a query. */
  url: string;
  host: string;
  port: number;
  path: string;
  /** The name that the certificate must be for; undefined: that of the host. */
  servername?: string;
  /** Of the `Host` header, when it is not the host. */
  authority?: string;
}

/** Throws an Error when there is nobody to be reached. */
export async function targetOf(resources: Resources, { url, service }: WebhookClientConfig): Promise<Target> {
  if (url !== undefined) {
    const { hostname, port, pathname } = new URL(url);
    return { url, host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 443), path: pathname };
  }
  const { name, namespace, path = '/', port = 443 } = service!;
  const servername = `${name}.${namespace}.svc`;
  const authority = `${servername}:${port}`;
  const place = await addressOf(resources, namespace, name, port);
  return { url: `https://${authority}${path}`, ...place, path, servername, authority };
}

/** Where on this machine a port of a Service is served. Throws an Error when it is not. */
export async function addressOf(
  resources: Resources,
  namespace: string,
  name: string,
  port: number,
): Promise<{ host: string; port: number }> {
  const service = resources.must('', 'services').cache.get(`${namespace}/${name}`)?.object as Service | undefined;
  if (!service) throw new Error(`service ${JSON.stringify(name)} not found`);
  const servicePort = service.spec?.ports?.find((one) => one.port === port);
  if (!servicePort) throw new Error(`no service port ${port} found for service ${JSON.stringify(name)}`);
  const { clusterIP = '' } = service.spec ?? {};
  if (clusterIP !== '' && clusterIP !== 'None' && (await isLocalAddress(clusterIP))) return { host: clusterIP, port };
  const routes = readRoutes();
  const slices = resources.must('discovery.k8s.io', 'endpointslices').cache.list(`${namespace}/`);
  for (const { object } of slices) {
    const { metadata, endpoints, ports } = object as EndpointSlice;
    if (metadata.labels?.['kubernetes.io/service-name'] !== name) continue;
    const targetPort = ports?.find((one) => (one.name ?? '') === (servicePort.name ?? ''))?.port;
    for (const { addresses, conditions } of endpoints ?? []) {
      const host = addresses[0];
      if (!host || !targetPort || conditions?.ready === false) continue;
      const reachable = isIPv4(host) ? !whyUnreachable(host, routes) : await isLocalAddress(host);
      if (reachable) return { host, port: targetPort };
    }
  }
  throw new Error(`no endpoints available for service ${JSON.stringify(name)}`);
}
