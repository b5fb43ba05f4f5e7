/**
 * Asks a webhook: JSON over HTTPS to a URL or a Service, verified against the configured CA or the system's. One client for each
 * configuration, which keeps its connections for a while.
 *
 * Upstream: apiserver/pkg/util/webhook/client.go, client-go/rest
 */
import { Agent } from 'node:https';
import type { WebhookClientConfig } from '../../api/custom-resource-definition.ts';
import type { Resources } from '../registry/resources.ts';
import { exchange } from './exchange.ts';
import { targetOf } from './target.ts';

export interface WebhookLimits {
  timeoutSeconds: number;
  maxAnswerBytes: number;
}

/** How long a connection stays open that nothing uses. */
const idleMs = 60_000;

export class WebhookClient {
  readonly #resources: Resources;
  readonly #config: WebhookClientConfig;
  readonly #limits: WebhookLimits;
  /** Made with the first call. */
  #agent: Agent | undefined;

  constructor(resources: Resources, config: WebhookClientConfig, limits: WebhookLimits) {
    this.#resources = resources;
    this.#config = config;
    this.#limits = limits;
  }

  /** Posts a JSON body and returns the JSON of the answer. Throws an Error in Go's words. */
  async post(body: object): Promise<unknown> {
    const { timeoutSeconds, maxAnswerBytes } = this.#limits;
    const { url, authority, ...target } = await targetOf(this.#resources, this.#config);
    const timeout = `?timeout=${timeoutSeconds}s`;
    const options = {
      ...target,
      path: target.path + timeout,
      ...(authority && { headers: { host: authority } }),
      agent: this.#connections(),
      timeoutMs: timeoutSeconds * 1000,
      maxAnswerBytes,
    };
    const answer = await exchange(options, JSON.stringify(body)).catch((error: Error) => {
      throw new Error(`Post ${JSON.stringify(url + timeout)}: ${error.message}`);
    });
    if (answer.status < 200 || answer.status > 206) throw new Error(refusal(answer.status, answer.body.toString()));
    try {
      return JSON.parse(answer.body.toString());
    } catch {
      throw new Error(`couldn't get version/kind; json parse error: ${answer.body.toString('utf8', 0, 100)}`);
    }
  }

  #connections(): Agent {
    const { caBundle } = this.#config;
    const ca = caBundle ? Buffer.from(caBundle, 'base64') : undefined;
    this.#agent ??= new Agent({ keepAlive: true, maxFreeSockets: 8, timeout: idleMs, ...(ca && { ca }) });
    return this.#agent;
  }
}

/** How Kubernetes' client words an answer that is none. Upstream: apimachinery/pkg/api/errors NewGenericServerResponse */
function refusal(status: number, body: string): string {
  const text = body.trim().slice(0, 2048);
  switch (status) {
    case 401:
      return 'the server has asked for the client to provide credentials';
    case 403:
      return text || 'the server does not allow access to the requested resource';
    case 404:
      return 'the server could not find the requested resource';
    case 503:
      return text || 'the server is currently unable to handle the request';
    default:
      return status >= 500
        ? `an error on the server (${JSON.stringify(text || 'unknown')}) has prevented the request from succeeding`
        : 'the server rejected our request for an unknown reason';
  }
}
