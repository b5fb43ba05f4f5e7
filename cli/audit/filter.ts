/** Which events of an audit log are asked for. */
import { type AuditEvent, revisionAnnotation } from '../../api/audit-event.ts';

export interface AuditFilter {
  sinceMs: number;
  /** Undefined: of all namespaces, and of none. */
  namespace?: string | undefined;
  /** Empty: about anything. */
  objects: readonly AuditTarget[];
  /** Empty: by anybody, or with any verb. */
  users: readonly string[];
  verbs: readonly string[];
  /** Whether reports of status are wanted, which components write all the time. */
  status: boolean;
}

export interface AuditTarget {
  group: string;
  plural: string;
  namespaced: boolean;
  name?: string | undefined;
}

/** Whether the event is asked for. Each request is told once: when it was answered, or refused for who asked. */
export function isWanted(event: AuditEvent, filter: AuditFilter): boolean {
  const { stage, user, impersonatedUser, verb, objectRef } = event;
  const unauthenticated = stage === 'ResponseStarted' && user.username === undefined;
  if (stage !== 'ResponseComplete' && stage !== 'Panic' && !unauthenticated) return false;
  if (Date.parse(event.requestReceivedTimestamp) < filter.sinceMs) return false;
  if (objectRef?.subresource === 'status' && !filter.status) return false;
  const names = [user.username, impersonatedUser?.username];
  if (filter.users.length > 0 && !names.some((name) => name !== undefined && filter.users.includes(name))) return false;
  if (filter.verbs.length > 0 && !filter.verbs.includes(verb)) return false;
  const inNamespace = filter.namespace === undefined || objectRef?.namespace === filter.namespace;
  if (filter.objects.length === 0) return inNamespace;
  return filter.objects.some((target) => isAbout(event, target) && (inNamespace || !target.namespaced));
}

function isAbout({ objectRef, annotations }: AuditEvent, { group, plural, name }: AuditTarget): boolean {
  if (objectRef?.resource !== plural || (objectRef.apiGroup ?? '') !== group) return false;
  if (name === undefined || objectRef.name === name) return true;
  // A collection was deleted, and this object in it.
  return (annotations?.[revisionAnnotation] ?? '').split(',').some((write) => write.startsWith(`${name}=`));
}
