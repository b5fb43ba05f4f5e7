/** What every write is told besides the object. */
import type { User } from '../authn/user.ts';

export interface WriteOptions {
  user: User;
  /** Do everything but the write. */
  dryRun: boolean;
  /** Whose the fields become that the write changes. Undefined: the write leaves the ownership of fields as it is. */
  manager?: string;
}
