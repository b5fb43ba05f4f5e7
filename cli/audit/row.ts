/** An event of an audit log in one line. */
import { type AuditEvent, revisionAnnotation } from '../../api/audit-event.ts';
import { escapeLine } from '../terminal.ts';

export interface RowOptions {
  namespace: boolean;
  wide: boolean;
}

const none = '<none>';

export const head = ({ namespace, wide }: RowOptions): string[] => [
  'TIME',
  ...(namespace ? ['NAMESPACE'] : []),
  ...['USER', 'VERB', 'RESOURCE', 'CODE', 'FROM', 'REVISION'],
  ...(wide ? ['REASON', 'AUDIT ID', 'USER AGENT'] : []),
];

/** `2026-11-21T11:44:33Z`, `alice (by admin)`, `patch`, `deployments.apps/web/scale`, `200`, `127.0.0.1`, `204`. */
export function row(event: AuditEvent, { namespace, wide }: RowOptions): string[] {
  const { objectRef, responseStatus, sourceIPs = [], annotations = {} } = event;
  return [
    event.requestReceivedTimestamp.replace(/\.\d+Z$/, 'Z'),
    ...(namespace ? [objectRef?.namespace ?? none] : []),
    userOf(event),
    event.verb,
    resourceOf(event),
    String(responseStatus?.code ?? none),
    sourceIPs.join(',') || none,
    revisionOf(event),
    ...(wide ? [annotations['authorization.k8s.io/reason'] || none, event.auditID, event.userAgent ?? none] : []),
  ].map(escapeLine);
}

function userOf({ user, impersonatedUser }: AuditEvent): string {
  const sender = user.username ?? none;
  return impersonatedUser ? `${impersonatedUser.username} (by ${sender})` : sender;
}

function resourceOf({ objectRef, requestURI }: AuditEvent): string {
  if (!objectRef) return requestURI;
  const { resource = '', apiGroup, name, subresource } = objectRef;
  const type = apiGroup ? `${resource}.${apiGroup}` : resource;
  return [type, name ?? '', subresource].filter((part, i) => i === 0 || part).join('/');
}

/** A log with bodies, which another server may have written, has the revision in the object. */
function revisionOf({ annotations, responseObject, verb }: AuditEvent): string {
  const annotated = annotations?.[revisionAnnotation];
  if (annotated) return annotated;
  const { metadata } = Object(responseObject) as { metadata?: { resourceVersion?: string } };
  const written = ['create', 'update', 'patch'].includes(verb);
  return (written && metadata?.resourceVersion) || none;
}
