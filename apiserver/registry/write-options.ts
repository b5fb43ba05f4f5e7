/** What every write is told besides the object. */
import { apiserverUser, type User } from '../authn/user.ts';
import type { AuditTrail } from '../request/audit-trail.ts';

/** Who asks for a write, and where it leaves what they are to learn beside its answer. */
export interface Requester {
  user: User;
  /** Texts for `Warning` headers. */
  warnings: string[];
  /** What the audit event of the request is to say beside what it says of every request. */
  auditAnnotations: Record<string, string>;
  /** Told which revision the write made, where the request is recorded. */
  audit?: AuditTrail | undefined;
}

export interface WriteOptions extends Requester {
  /** Do everything but the write. */
  dryRun: boolean;
  /** Whose the fields become that the write changes. Undefined: the write leaves the ownership of fields as it is. */
  manager?: string | undefined;
  /** The parameters of the request, for those who are told of its options. */
  query?: URLSearchParams;
  /** Admission has been asked already, about the order that this write fulfils. */
  admitted?: true;
}

/** For a write of the server on its own account. */
export const ownWrite = (manager?: string): WriteOptions => ({
  user: apiserverUser,
  warnings: [],
  auditAnnotations: {},
  dryRun: false,
  manager,
});
