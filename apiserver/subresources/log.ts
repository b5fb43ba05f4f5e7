/**
 * `pods/log`: passed through from the kubelet, line by line as it comes.
 *
 * Upstream: pkg/registry/core/pod/rest/log.go, pkg/registry/core/pod/strategy.go LogLocation
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type FieldError, field, invalid } from '../../api/errors.ts';
import type { Pod } from '../../api/types.ts';
import type { Handler } from '../handlers/handler.ts';
import { answeredError, dialError, type KubeletAddress, kubeletAddress, requestKubelet } from '../kubelet/client.ts';
import { get } from '../registry/get.ts';
import type { Registry } from '../registry/registry.ts';
import { text } from '../request/call.ts';
import { queryInt } from '../request/list-options.ts';
import { asksWebSocket, overWebSocket } from './log-websocket.ts';
import { containerOf } from './pod-container.ts';

const passed = ['follow', 'previous', 'sinceSeconds', 'sinceTime', 'timestamps', 'tailLines', 'limitBytes', 'stream'];

export const getLog: Handler = async (registry, resource, call) => {
  const { namespace, name } = call.info;
  checkOptions(call.query);
  const pod = (await get(registry, resource, namespace, name)).object as Pod;
  const container = containerOf(pod, call.query.get('container'));
  // Nobody has written anything yet.
  if (!pod.spec?.nodeName) return text(204, '');
  const address = kubeletAddress(registry, pod.spec.nodeName);
  const options = new URLSearchParams(
    passed.flatMap((key) => call.query.getAll(key).map((value): [string, string] => [key, value])),
  );
  const path = `/containerLogs/${namespace}/${name}/${container}?${options}`;
  const log = await open(registry, address, path, call.signal);
  if (asksWebSocket(call)) return overWebSocket(call, log);
  return {
    async stream(response: ServerResponse) {
      response.writeHead(200, { 'content-type': 'text/plain', 'cache-control': 'no-cache, private' });
      response.flushHeaders();
      try {
        await pipeline(log, response);
      } catch (error) {
        // The client has what came until then; a cut connection tells it that there is no more.
        registry.logger.debug({ err: error, pod: name, namespace }, 'A log stream broke');
        response.destroy();
      }
    },
  };
};

function checkOptions(query: URLSearchParams): void {
  const errors: FieldError[] = [];
  const { tailLines, sinceSeconds, limitBytes } = {
    tailLines: queryInt(query, 'tailLines'),
    sinceSeconds: queryInt(query, 'sinceSeconds'),
    limitBytes: queryInt(query, 'limitBytes'),
  };
  if (tailLines !== undefined && tailLines < 0) {
    errors.push(field.invalid('tailLines', tailLines, 'must be greater than or equal to 0'));
  }
  if (limitBytes !== undefined && limitBytes < 1)
    errors.push(field.invalid('limitBytes', limitBytes, 'must be greater than 0'));
  if (sinceSeconds !== undefined && sinceSeconds < 1) {
    errors.push(field.invalid('sinceSeconds', sinceSeconds, 'must be greater than 0'));
  }
  if (query.get('sinceTime') && sinceSeconds !== undefined) {
    errors.push(field.forbidden('', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  }
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, '', errors);
}

async function open(
  registry: Registry,
  address: KubeletAddress,
  path: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const request = await requestKubelet(registry, address, path, {}, signal);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', (error) => reject(dialError(address, error)));
    request.end();
  });
  if (answer.statusCode === 200) return answer;
  const body = await answer.setEncoding('utf8').toArray();
  throw answeredError(answer.statusCode ?? 500, body.join(''));
}
