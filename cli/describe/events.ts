/** The events about an object, as they end every description. Upstream: kubectl/pkg/describe (DescribeEvents) */
import { humanDuration } from '../../api/age.ts';
import { events } from '../../api/kinds/events.ts';
import type { Event, KubeObject } from '../../api/types.ts';
import type { RestClient } from '../../client/rest.ts';
import type { Description } from './writer.ts';

const limit = 500;

/** Events that name the object; without a namespace, of all of them. */
export async function eventsOf(rest: RestClient, { metadata, kind }: KubeObject): Promise<Event[]> {
  const { name, namespace, uid } = metadata;
  const fields: Record<string, string | undefined> = {
    'involvedObject.kind': kind,
    'involvedObject.name': name,
    'involvedObject.namespace': namespace,
    // A node's kubelet knows only its name, and names it in the uid too.
    ...(kind !== 'Node' && { 'involvedObject.uid': uid }),
  };
  const fieldSelector = Object.entries(fields)
    .filter(([, value]) => value)
    .map(([field, value]) => `${field}=${value}`)
    .join(',');
  const { items } = await rest.of(events).list({ namespace, fieldSelector, limit });
  return items;
}

/** The table of events, the latest last; nothing when events are not wanted. */
export function describeEvents(out: Description, list: Event[] | undefined, now: number): void {
  if (!list) return;
  if (list.length === 0) {
    out.field(0, 'Events', '<none>');
    return;
  }
  out.line(0, 'Events:');
  const sorted = [...list].sort((a, b) => lastSeen(a) - lastSeen(b));
  out.line(1, 'Type\tReason\tAge\tFrom\tMessage');
  out.line(1, '----\t------\t----\t----\t-------');
  for (const event of sorted) {
    const from = event.source?.component || event.reportingComponent || '';
    const cells = [event.type, event.reason, ageOf(event, now), from, (event.message ?? '').trim()];
    out.line(1, cells.join('\t'));
  }
}

/** When it came last, in milliseconds since the epoch. */
export function lastSeen(event: Event): number {
  return (
    Date.parse(
      event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp ?? '',
    ) || 0
  );
}

/** `5s`, or `5s (x3 over 2m)` for an event that came again. */
export function ageOf(event: Event, now: number): string {
  const count = event.series?.count ?? event.count ?? 1;
  const last = humanDuration(now - lastSeen(event));
  if (count <= 1) return last;
  const first = Date.parse(event.firstTimestamp ?? event.eventTime ?? '');
  return `${last} (x${count} over ${humanDuration(now - first)})`;
}
