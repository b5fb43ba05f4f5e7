/**
 * The events of `audit.k8s.io/v1`, and what each says of its request from the start.
 *
 * Upstream: apiserver/pkg/apis/audit/v1/types.go, apiserver/pkg/audit/request.go
 */
import { isIP } from 'node:net';
import type { Status } from '../../api/types.ts';
import type { User } from '../authn/user.ts';
import type { Call } from '../request/call.ts';
import type { Level, Stage } from './levels.ts';
import { microTime } from './micro-time.ts';

export interface UserInfo {
  username?: string;
  uid?: string;
  groups?: string[];
  extra?: Record<string, string[]>;
}

export interface ObjectReference {
  resource?: string;
  namespace?: string;
  name?: string;
  uid?: string;
  apiGroup?: string;
  apiVersion?: string;
  /** That of the request's object. The one that the request made is in the annotation `revisionAnnotation`. */
  resourceVersion?: string;
  subresource?: string;
}

export type ResponseStatus = Partial<Pick<Status, 'status' | 'message' | 'reason' | 'details' | 'code'>> & {
  metadata: Record<string, never>;
};

export interface AuditEvent {
  kind: 'Event';
  apiVersion: 'audit.k8s.io/v1';
  level: Level;
  auditID: string;
  stage: Stage;
  requestURI: string;
  verb: string;
  user: UserInfo;
  impersonatedUser?: UserInfo;
  sourceIPs?: string[];
  userAgent?: string;
  objectRef?: ObjectReference;
  responseStatus?: ResponseStatus;
  requestObject?: unknown;
  responseObject?: unknown;
  requestReceivedTimestamp: string;
  stageTimestamp: string;
  annotations?: Record<string, string>;
}

/**
 * Our own annotation: the revision that a write made, which is the resourceVersion of what it wrote, or that of the deletion.
 * A request that wrote several objects has `name=revision,name=revision`.
 */
export const revisionAnnotation = 'audit.minik.io/revision';

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
