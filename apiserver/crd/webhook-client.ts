/**
 * Calls a webhook: HTTPS to a URL, or to a Service through its cluster IP or its endpoints, verified against the configured CA
 * or the system's.
 *
 * Upstream: apiserver/pkg/util/webhook/client.go, client-go/rest
 */
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { rootCertificates } from 'node:tls';
import type { WebhookClientConfig } from '../../api/custom-resource-definition.ts';
import type { EndpointSlice, Service } from '../../api/types.ts';
import { isLocalAddress } from '../kubelet/local-address.ts';
import type { Registry } from '../registry/registry.ts';

const timeoutMs = 30_000;
const maxAnswerBytes = 32 * 1024 * 1024;

/** Posts a JSON body and returns the JSON of the answer. Throws an Error in Go's words. */
export async function postToWebhook(registry: Registry, config: WebhookClientConfig, body: object): Promise<unknown> {
  const { url, target } = await targetOf(registry, config);
  const fail = (why: string): Error => new Error(`Post ${JSON.stringify(`${url}?timeout=30s`)}: ${why}`);
  const ca = config.caBundle ? Buffer.from(config.caBundle, 'base64') : [...rootCertificates];
  const { status, text } = await exchange({ ...target, ca }, JSON.stringify(body)).catch((error: unknown) => {
    throw fail(describe(error as NodeJS.ErrnoException));
  });
  if (status !== 200) throw new Error(text.trim() || `the server answered ${status}`);
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`couldn't get version/kind; json parse error: ${text.slice(0, 100)}`);
  }
}

interface Target {
  /** As it stands in errors. */
  url: string;
  target: RequestOptions;
}

async function targetOf(registry: Registry, { url, service }: WebhookClientConfig): Promise<Target> {
  if (url !== undefined) {
    const { hostname, port, pathname } = new URL(url);
    return { url, target: { hostname: hostname.replace(/^\[|\]$/g, ''), port: port || 443, path: pathname } };
  }
  const { name, namespace, path = '/', port = 443 } = service!;
  const host = `${name}.${namespace}.svc`;
  const place = await addressOf(registry, namespace, name, port);
  return {
    url: `https://${host}:${port}${path}`,
    target: { hostname: place.address, port: place.port, path, servername: host, headers: { host: `${host}:${port}` } },
  };
}

/** Where on this machine a port of a Service is served. */
async function addressOf(
  { resources }: Registry,
  namespace: string,
  name: string,
  port: number,
): Promise<{ address: string; port: number }> {
  const service = resources.must('', 'services').cache.get(`${namespace}/${name}`)?.object as Service | undefined;
  if (!service) throw new Error(`service ${JSON.stringify(name)} not found`);
  const servicePort = service.spec?.ports?.find((one) => one.port === port);
  if (!servicePort) throw new Error(`no service port ${port} found for service ${JSON.stringify(name)}`);
  const { clusterIP = '' } = service.spec ?? {};
  if (clusterIP !== '' && clusterIP !== 'None' && (await isLocalAddress(clusterIP)))
    return { address: clusterIP, port };
  const slices = resources.must('discovery.k8s.io', 'endpointslices').cache.list(`${namespace}/`);
  for (const { object } of slices) {
    const { metadata, endpoints, ports } = object as EndpointSlice;
    if (metadata.labels?.['kubernetes.io/service-name'] !== name) continue;
    const targetPort = ports?.find((one) => (one.name ?? '') === (servicePort.name ?? ''))?.port;
    for (const endpoint of endpoints ?? []) {
      const address = endpoint.addresses[0];
      const ready = endpoint.conditions?.ready !== false;
      if (address && targetPort && ready && (await isLocalAddress(address))) return { address, port: targetPort };
    }
  }
  throw new Error(`no endpoints available for service ${JSON.stringify(name)}`);
}

function exchange(options: RequestOptions, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { ...options.headers, 'content-type': 'application/json', accept: 'application/json' };
    const request = httpsRequest({ ...options, method: 'POST', headers, agent: false }, (response) => {
      read(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
    });
    request.setTimeout(timeoutMs, () => request.destroy(new Error('context deadline exceeded')));
    request.once('error', reject);
    request.end(body);
  });
}

async function read(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > maxAnswerBytes) throw new Error('the answer of the webhook is too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

/** Go's words for what goes wrong with a connection. */
function describe(error: NodeJS.ErrnoException & { address?: string; port?: number }): string {
  const dial = `dial tcp ${error.address ?? ''}:${error.port ?? ''}: connect:`;
  switch (error.code) {
    case 'ECONNREFUSED':
      return `${dial} connection refused`;
    case 'EHOSTUNREACH':
      return `${dial} no route to host`;
    case 'ENOTFOUND':
      return `dial tcp: lookup ${error.message.split(' ').at(-1)}: no such host`;
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
    default:
      return error.message;
  }
}
