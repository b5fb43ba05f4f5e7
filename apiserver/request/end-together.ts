/**
 * Ends the answers of one turn of the event loop one right after the other. A client that waits for several of them is woken once
 * and then finds the next one there; woken for each, it and the kernel would cost more than finding the object.
 */
import type { ServerResponse } from 'node:http';

interface Ending {
  response: ServerResponse;
  body: Buffer | string;
}

/**
 * Above it sending takes longer than waking. It must also be well below what a connection buffers (64 KiB): an answer that is
 * still on its way when the turn ends stops the parser in front of the connection's next request.
 */
const largeBytes = 16 * 1024;

let waiting: Ending[] = [];
let ended: Promise<void> | undefined;

/** Ends a response with its body: a small one at the end of this turn. Resolves then. */
export async function endTogether(response: ServerResponse, body: Buffer | string): Promise<void> {
  if (body.length > largeBytes) {
    response.end(body);
    return;
  }
  waiting.push({ response, body });
  ended ??= new Promise((resolve) => setImmediate(() => resolve(endAll())));
  await ended;
}

function endAll(): void {
  const all = waiting;
  waiting = [];
  ended = undefined;
  for (const { response, body } of all) response.end(body);
}
