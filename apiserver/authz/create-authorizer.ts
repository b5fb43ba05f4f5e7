/** The authorizers of a server, in the order in which they are asked. */
import { type Authorizer, AuthorizerChain, privilegedGroup } from './authorizer.ts';
import { clusterRoleBindings, clusterRoles } from './bootstrap-policy.ts';
import { ruleAllows } from './rules.ts';

/** Makes them. */
export const createAuthorizer = (): Authorizer => new AuthorizerChain([privilegedGroup, bootstrapPolicy]);

/** Rules that stand in the code. */
const bootstrapPolicy: Authorizer = {
  decide: (user, access) => ({
    allowed: clusterRoleBindings
      .filter(({ users, groups }) => users?.includes(user.name) || groups?.some((group) => user.groups.includes(group)))
      .some(({ role }) => clusterRoles[role]?.some((rule) => ruleAllows(rule, access))),
    reason: '',
  }),
};
