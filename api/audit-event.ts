/**
 * The events of `audit.k8s.io/v1`: one request at one stage. The apiserver writes them, minikctl reads them.
 *
 * Upstream: apiserver/pkg/apis/audit/v1/types.go
 */
import type { Status } from './types.ts';

/** How much of a request is recorded; each level has what the one before it has. */
export const auditLevels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const;
export type Level = (typeof auditLevels)[number];

/** When an event is made. */
export const auditStages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const;
export type Stage = (typeof auditStages)[number];

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
  authenticationMetadata?: { impersonationConstraint: string };
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
