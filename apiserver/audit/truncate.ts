/**
 * Keeping events small: one that is too large loses its bodies, and when that is not enough it is dropped.
 *
 * Upstream: apiserver/plugin/pkg/audit/truncate/truncate.go
 */
import type { AuditEvent } from '../../api/audit-event.ts';

export const truncatedAnnotation = 'audit.k8s.io/truncated';

/** The event's JSON within the limit; undefined when even that without bodies is not. */
export function truncate(event: AuditEvent, json: string, maxBytes: number): string | undefined {
  // A character has at most three bytes for each unit of its length.
  if (json.length * 3 <= maxBytes || Buffer.byteLength(json) <= maxBytes) return json;
  const { requestObject, responseObject, ...small } = event;
  if (requestObject === undefined && responseObject === undefined) return undefined;
  const truncated = JSON.stringify({ ...small, annotations: { ...small.annotations, [truncatedAnnotation]: 'true' } });
  return Buffer.byteLength(truncated) <= maxBytes ? truncated : undefined;
}
