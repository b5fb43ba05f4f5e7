/**
 * Writing a complete answer: its warnings, the layout that people read, and compression of a large one.
 *
 * Upstream: apiserver/pkg/endpoints/handlers/responsewriters/writers.go (gzip), pkg/warning
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { acceptsGzip } from '../discovery/accept.ts';
import type { Answer } from './call.ts';
import { endTogether } from './end-together.ts';
import { Pieces } from './pieces.ts';
import { wantsPretty } from './pretty.ts';
import { warningHeaders } from './warnings.ts';

const compress = promisify(gzip);

/** By names in lower case. */
export type Headers = Record<string, string | number | string[]>;

/** Below it, compressing takes longer than sending. */
const gzipThresholdBytes = 128 * 1024;

/** Writes the answer; resolves to the size of its body. A response that has begun already can only be broken off. */
export async function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  warnings: readonly string[],
  common: Headers,
): Promise<number> {
  const { status, contentType } = answer;
  const body = bodyOf(request, answer);
  const zipped = body.length > gzipThresholdBytes && mayCompress(request, answer);
  const bytes = zipped ? await compress(whole(body), { level: constants.Z_BEST_SPEED }) : body;
  if (response.headersSent) {
    response.destroy();
    return 0;
  }
  const headers: Headers = {
    ...common,
    'cache-control': 'no-cache, private',
    'content-type': contentType,
    ...answer.headers,
    'content-length': bytes.length,
  };
  if (warnings.length > 0) headers['warning'] = warningHeaders(warnings);
  if (zipped) {
    headers['content-encoding'] = 'gzip';
    headers['vary'] = headers['vary'] ? `${headers['vary']}, Accept-Encoding` : 'Accept-Encoding';
  }
  // All at once: to set them one by one takes longer than to find the object.
  response.writeHead(status, headers);
  if (bytes instanceof Pieces) await bytes.endWith(response);
  else await endTogether(response, bytes);
  return bytes.length;
}

const mayCompress = ({ headers }: IncomingMessage, answer: Answer): boolean =>
  answer.headers?.['content-encoding'] === undefined &&
  headers['accept-encoding'] !== undefined &&
  acceptsGzip(headers['accept-encoding']);

function bodyOf(request: IncomingMessage, { contentType, body, headers }: Answer): Buffer | Pieces {
  const plain = body.length > 0 && headers?.['content-encoding'] === undefined;
  if (plain && contentType.startsWith('application/json') && wantsPretty(request)) {
    return Buffer.from(`${JSON.stringify(JSON.parse(whole(body).toString()), null, 2)}\n`);
  }
  return typeof body === 'string' ? Buffer.from(body) : body;
}

const whole = (body: Answer['body']): Buffer | string => (body instanceof Pieces ? body.join() : body);
