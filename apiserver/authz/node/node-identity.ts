/** Which node a user is. Upstream: pkg/auth/nodeidentifier */
import type { User } from '../../authn/user.ts';

const group = 'system:nodes';
const prefix = 'system:node:';

/** The name of the node; empty for one of `system:nodes` that says no name, undefined for who is no node. */
export function nodeOf({ name, groups }: Pick<User, 'name' | 'groups'>): string | undefined {
  if (!name.startsWith(prefix) || !groups.includes(group)) return undefined;
  return name.slice(prefix.length);
}
