/** `/containerLogs/NAMESPACE/POD/CONTAINER`. Upstream: pkg/kubelet/server/server.go (getContainerLogs) */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import type { Runtime } from '../runtime/runtime.ts';
import { containerForLogs, type PodLookup } from './find-container.ts';
import { HttpError } from './http-error.ts';

interface LogQuery {
  follow: boolean;
  previous: boolean;
  timestamps: boolean;
  tail: number | undefined;
  since: number | undefined;
  limitBytes: number;
}

/** Reads the query. Throws for a number that is none. */
export function parseLogQuery(query: URLSearchParams, now: number): LogQuery {
  const flag = (name: string): boolean => ['true', '1'].includes(query.get(name) ?? '');
  const number = (name: string): number | undefined => {
    const text = query.get(name);
    if (text === null) return undefined;
    if (!/^\d+$/.test(text)) throw new HttpError(400, `invalid value "${text}" for ${name}`);
    return Number(text);
  };
  const sinceTime = query.get('sinceTime');
  if (sinceTime !== null && Number.isNaN(Date.parse(sinceTime)))
    throw new HttpError(400, `invalid value "${sinceTime}" for sinceTime`);
  const sinceSeconds = number('sinceSeconds');
  return {
    follow: flag('follow'),
    previous: flag('previous'),
    timestamps: flag('timestamps'),
    tail: number('tailLines'),
    since:
      sinceTime !== null ? Date.parse(sinceTime) : sinceSeconds === undefined ? undefined : now - sinceSeconds * 1000,
    limitBytes: number('limitBytes') ?? Number.POSITIVE_INFINITY,
  };
}

export async function serveContainerLogs(
  runtime: Runtime,
  lookup: PodLookup,
  [namespace, pod, container]: [string, string, string],
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { follow, previous, timestamps, tail, since, limitBytes } = parseLogQuery(query, Date.now());
  const { id } = await containerForLogs(lookup, namespace, pod, container, previous);
  const abort = new AbortController();
  request.on('close', () => response.writableEnded || abort.abort());
  response.on('close', () => abort.abort());
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.flushHeaders();
  const sink = limited(response, limitBytes, () => abort.abort());
  await runtime.logs(id, { follow, timestamps, tail, since, stdout: sink, stderr: sink, signal: abort.signal });
  response.end();
}

/** Passes at most so many bytes on, at the reader's pace. */
function limited(response: ServerResponse, limitBytes: number, onLimit: () => void): Writable {
  let left = limitBytes;
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      const part = chunk.subarray(0, left);
      left -= part.length;
      if (left <= 0) onLimit();
      if (part.length === 0 || response.destroyed) done();
      else if (response.write(part)) done();
      else {
        const proceed = (): void => {
          response.off('drain', proceed).off('close', proceed);
          done();
        };
        response.on('drain', proceed).on('close', proceed);
      }
    },
  });
}
