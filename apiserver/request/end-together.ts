/**
 * Ends the answers of one turn of the event loop one right after the other. A client that waits for several of them is woken once
 * and then finds the next one there; woken for each, it and the kernel would cost more than finding the object.
 */
import type { ServerResponse } from 'node:http';

interface Ending {
  response: ServerResponse;
  body: Buffer | string;
}

let waiting: Ending[] = [];
let ended: Promise<void> | undefined;

/** Ends a response whose head is written with its body, at the end of this turn. Resolves then. */
export function endTogether(response: ServerResponse, body: Buffer | string): Promise<void> {
  waiting.push({ response, body });
  ended ??= new Promise((resolve) => setImmediate(() => resolve(endAll())));
  return ended;
}

function endAll(): void {
  const all = waiting;
  waiting = [];
  ended = undefined;
  for (const { response, body } of all) response.end(body);
}
