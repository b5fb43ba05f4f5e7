/**
 * A server that serves one group version in this one's place: how it is reached, as an APIService says.
 *
 * Upstream: kube-aggregator/pkg/apiserver/handler_proxy.go (updateAPIService)
 */
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { serviceUnavailable } from '../../api/errors.ts';
import type { APIService } from '../../api/types.ts';
import type { User } from '../authn/user.ts';
import { encodePath, forward, type Refuse } from '../proxy/forward.ts';
import type { Resources } from '../registry/resources.ts';
import { type Call, type Reply, text } from '../request/call.ts';
import { exchange } from '../webhook/exchange.ts';
import { addressOf } from '../webhook/target.ts';
import { withIdentity } from './identity-headers.ts';

/** The certificate by which servers behind this one know it. */
export interface ProxyClient {
  cert: Buffer | undefined;
  key: Buffer | undefined;
}

/** The server itself, when it looks what there is. */
export const aggregatorUser: User = { name: 'system:kube-aggregator', groups: ['system:masters'] };

const maxDocumentBytes = 16 * 1024 * 1024;
const idleMs = 60_000;
const dialTimeoutMs = 30_000;

export class Remote {
  /** The APIService as it was when this was made. */
  readonly service: APIService;
  readonly #resources: Resources;
  readonly #agent: Agent;

  constructor(service: APIService, resources: Resources, { cert, key }: ProxyClient) {
    this.service = service;
    this.#resources = resources;
    const { caBundle, insecureSkipTLSVerify } = service.spec!;
    this.#agent = new Agent({
      keepAlive: true,
      timeout: idleMs,
      ...(cert && { cert }),
      ...(key && { key }),
      ...(caBundle && { ca: Buffer.from(caBundle, 'base64') }),
      rejectUnauthorized: insecureSkipTLSVerify !== true,
      servername: `${service.spec!.service!.name}.${service.spec!.service!.namespace}.svc`,
    });
  }

  get port(): number {
    return this.service.spec!.service!.port ?? 443;
  }

  /** Where the Service behind it is served. Throws an Error when it is not. */
  address(): Promise<{ host: string; port: number }> {
    const { namespace = '', name = '' } = this.service.spec!.service!;
    return addressOf(this.#resources, namespace, name, this.port);
  }

  /** A document of the server, as this server itself sees it. Rejects with an Error in Go's words. */
  async get(path: string, timeoutMs: number): Promise<{ status: number; body: Buffer }> {
    return exchange({
      ...(await this.address()),
      path,
      headers: withIdentity({}, aggregatorUser),
      agent: this.#agent,
      timeoutMs,
      maxAnswerBytes: maxDocumentBytes,
    });
  }

  /** Passes a request on, in the name of its sender. */
  async proxy(call: Call): Promise<Reply> {
    const address = await this.address().catch(() => {
      throw serviceUnavailable('service unavailable');
    });
    const { url = '/' } = call.raw;
    const mark = url.indexOf('?');
    const query = mark < 0 ? '' : url.slice(mark);
    return forward(
      call,
      '',
      encodePath(call.info.path) + query,
      address,
      async (path, method, headers) => {
        const options: RequestOptions = { ...address, path, method, signal: call.signal };
        const request = httpsRequest({ ...options, headers: withIdentity(headers, call.user), agent: this.#agent });
        const timer = setTimeout(() => request.destroy(new Error('i/o timeout')), dialTimeoutMs);
        request.once('socket', (socket) => {
          if (socket.connecting) socket.once('secureConnect', () => clearTimeout(timer));
          else clearTimeout(timer);
        });
        request.once('close', () => clearTimeout(timer));
        return request;
      },
      refuseRedirects,
    );
  }
}

/** A redirect would lead the client, with its credentials, to wherever the server behind likes. */
const refuseRedirects: Refuse = (answer) => {
  const { statusCode = 0, headers } = answer;
  if (statusCode < 300 || statusCode > 399 || !headers.location) return undefined;
  answer.destroy();
  return text(502, 'the backend attempted to redirect this request, which is not permitted');
};
