/** Events about a pod, or about one of its containers. */
import type { Container, Pod } from '../../api/types.ts';
import type { EventRecorder, EventType } from '../../client/events.ts';

export type PodRecorder = Pick<EventRecorder, 'event'>;

/** `spec.containers{web}`, as `describe pod` shows it. */
function fieldPath(pod: Pod, name: string): string {
  const lists = ['initContainers', 'ephemeralContainers'] as const;
  const list = lists.find((key) => pod.spec?.[key]?.some((c) => c.name === name)) ?? 'containers';
  return `spec.${list}{${name}}`;
}

/** Records an event whose subject is the container within the pod. */
export function containerEvent(
  recorder: PodRecorder,
  pod: Pod,
  container: Pick<Container, 'name'>,
  type: EventType,
  reason: string,
  message: string,
): void {
  const { name = '', namespace, uid = '', resourceVersion } = pod.metadata;
  const subject = { kind: 'Pod', apiVersion: 'v1', name, namespace, uid, resourceVersion };
  recorder.event({ ...subject, fieldPath: fieldPath(pod, container.name) }, type, reason, message);
}
