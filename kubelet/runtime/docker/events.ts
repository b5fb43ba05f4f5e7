/** Docker's event stream as the runtime's container events. */
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { podUidLabel } from '../labels.ts';
import type { ContainerEvent } from '../runtime.ts';
import { type Owner, ownerFilter } from './create-options.ts';
import { call } from './errors.ts';

interface DockerEvent {
  Action?: string;
  Actor?: { ID?: string; Attributes?: Record<string, string> };
}

const types: Record<string, ContainerEvent['type']> = {
  create: 'created',
  start: 'started',
  die: 'stopped',
  oom: 'outOfMemory',
  destroy: 'deleted',
};

/** Follows what happens to the owner's containers. Ends when the daemon closes the stream or the signal aborts. */
export async function* followEvents(docker: Docker, owner: Owner, signal: AbortSignal): AsyncIterable<ContainerEvent> {
  const filters = { type: ['container' as const], event: Object.keys(types), ...ownerFilter(owner) };
  const stream = (await call(docker.getEvents({ filters }))) as Readable;
  const abort = (): void => void stream.destroy();
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    for await (const line of lines(stream)) {
      const event = JSON.parse(line) as DockerEvent;
      const type = types[event.Action ?? ''];
      const podUid = event.Actor?.Attributes?.[podUidLabel];
      if (type && podUid) yield { type, podUid, containerId: event.Actor?.ID ?? '' };
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', abort);
    stream.destroy();
  }
}

async function* lines(stream: Readable): AsyncIterable<string> {
  let rest = '';
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
}
