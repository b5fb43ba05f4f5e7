/**
 * Where events go: the log, a webhook, or both. A backend gets each event as the object and as its JSON, in one line, which is made
 * once for all.
 *
 * Upstream: apiserver/pkg/audit/{types,union}.go
 */
import type { AuditEvent } from '../../api/audit-event.ts';
import { eventTotal } from './metrics.ts';
import type { Sink } from './record.ts';

export interface Backend {
  /** False when the event could not be kept and its request must fail for that. Never throws. */
  take(event: AuditEvent, json: string): boolean;
  /** Resolves when everything taken is where it belongs, or has been given up. */
  close(): Promise<void>;
}

/** Hands events to each. */
export const sinkOf =
  (backends: readonly Backend[]): Sink =>
  (event) => {
    eventTotal.inc();
    const json = JSON.stringify(event);
    let kept = true;
    for (const backend of backends) kept = backend.take(event, json) && kept;
    return kept;
  };
