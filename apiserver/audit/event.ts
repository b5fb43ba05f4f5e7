/**
 * What an event says of its request from the start.
 *
 * Upstream: apiserver/pkg/audit/request.go
 */
import { isIP } from 'node:net';
import type { AuditEvent, Level, ObjectReference, UserInfo } from '../../api/audit-event.ts';
import type { User } from '../authn/user.ts';
import type { Call } from '../request/call.ts';
import { microTime } from './micro-time.ts';

const maxUserAgentLength = 1024;

/** The event of a request that has just been received, by a user who is known; undefined where nobody is. */
export function eventOf(call: Call, user: User | undefined, level: Level, receivedMs: number): AuditEvent {
  const { info, headers } = call;
  const received = microTime(receivedMs);
  const userAgent = headers['user-agent'] ?? '';
  return {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level,
    auditID: call.auditId,
    stage: 'RequestReceived',
    requestURI: call.raw.url ?? '',
    verb: info.verb,
    user: user ? userInfoOf(user) : {},
    sourceIPs: sourceIPs(call),
    ...(userAgent && {
      userAgent:
        userAgent.length > maxUserAgentLength ? `${userAgent.slice(0, maxUserAgentLength)}...TRUNCATED` : userAgent,
    }),
    ...(info.isResource && { objectRef: referenceOf(call) }),
    requestReceivedTimestamp: received,
    stageTimestamp: received,
  };
}

export const userInfoOf = ({ name, uid, groups, extra }: User): UserInfo => ({
  username: name,
  ...(uid && { uid }),
  ...(groups.length > 0 && { groups }),
  ...(extra && { extra }),
});

function referenceOf({ info }: Call): ObjectReference {
  const { resource, namespace, name, group, version, subresource } = info;
  return {
    resource,
    ...(namespace && { namespace }),
    ...(name && { name }),
    ...(group && { apiGroup: group }),
    apiVersion: version,
    ...(subresource && { subresource }),
  };
}

/**
 * Where the request comes from: what proxies say of it, which anybody can say, and last the address of the connection.
 *
 * Upstream: apimachinery/pkg/util/net/http.go SourceIPs
 */
export function sourceIPs({ headers, remoteAddress }: Pick<Call, 'headers' | 'remoteAddress'>): string[] {
  const remote = remoteAddress.replace(/^::ffff:(?=\d+\.)/, '');
  const forwarded = String(headers['x-forwarded-for'] ?? '');
  const real = String(headers['x-real-ip'] ?? '').trim();
  if (!forwarded && !real) return remote ? [remote] : [];
  const found = forwarded
    .split(',')
    .map((part) => part.trim())
    .filter((part) => isIP(part) !== 0);
  if (isIP(real) !== 0 && !found.includes(real)) found.push(real);
  if (remote && found.at(-1) !== remote) found.push(remote);
  return found;
}
