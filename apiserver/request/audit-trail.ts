/** What the audit event of a request is told on the way; there is one only for requests that are recorded. */
export interface AuditTrail {
  /** Whether what the objects of the request hold may stand in the event. */
  readonly wantsRequest: boolean;
  /** The body, as it was decoded; called before anything changes it. */
  requested(body: unknown): void;
  /** The request has written, or deleted, the object of that name, at this revision. */
  wrote(name: string, revision: number): void;
}
