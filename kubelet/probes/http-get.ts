/**
 * One HTTP request of a probe or hook. Certificates are not checked, redirects to the same host are followed, as the
 * kubelet does.
 *
 * Upstream: pkg/probe/http
 */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface HttpGetAction {
  host?: string;
  path?: string;
  port: string | number;
  scheme?: string;
  httpHeaders?: { name: string; value: string }[];
}

const maxBody = 10 * 1024;
const maxRedirects = 10;

/** The answer's status and the start of its body. Rejects when there is no answer. */
export async function httpGet(
  action: HttpGetAction & { host: string; port: number },
  signal: AbortSignal,
): Promise<{ status: number; body: string }> {
  const scheme = (action.scheme ?? 'HTTP').toLowerCase();
  const path = action.path?.startsWith('/') ? action.path : `/${action.path ?? ''}`;
  const headers: Record<string, string> = { 'user-agent': 'kube-probe/1.36', accept: '*/*', connection: 'close' };
  for (const { name, value } of action.httpHeaders ?? []) headers[name.toLowerCase()] = value;
  // A path may begin with two slashes, and is no host then.
  let url = new URL(`${scheme}://${action.host}:${action.port}${path}`);
  for (let redirects = 0; ; redirects++) {
    const answer = await send(url, headers, signal);
    const { location } = answer;
    const next =
      location !== undefined && answer.status >= 300 && answer.status < 400 ? new URL(location, url) : undefined;
    // A redirect elsewhere says that the container answers; it is not the probe's to follow.
    if (!next || next.hostname !== url.hostname || redirects >= maxRedirects) return answer;
    url = next;
  }
}

function send(
  url: URL,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<{ status: number; body: string; location: string | undefined }> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { headers, signal, agent: false, rejectUnauthorized: false },
      (response: IncomingMessage) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          if (body.length < maxBody) body += chunk;
        });
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            body: body.slice(0, maxBody),
            location: response.headers.location,
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}
