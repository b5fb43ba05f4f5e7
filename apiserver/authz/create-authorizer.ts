/** The authorizers of a server, in the order in which they are asked. */

import type { Resources } from '../registry/resources.ts';
import { type Authorizer, AuthorizerChain, privilegedGroup } from './authorizer.ts';
import { clusterRoleBindings, clusterRoles } from './bootstrap-policy.ts';
import { NodeAuthorizer } from './node/node-authorizer.ts';
import { NodeGraph } from './node/node-graph.ts';
import { ruleAllows } from './rules.ts';

/** Makes them. They decide from the caches of these resources. */
export const createAuthorizer = (resources: Resources): Authorizer =>
  new AuthorizerChain([privilegedGroup, new NodeAuthorizer(new NodeGraph(resources)), bootstrapPolicy]);

/** Rules that stand in the code. */
const bootstrapPolicy: Authorizer = {
  decide: (user, access) => ({
    allowed: clusterRoleBindings
      .filter(({ users, groups }) => users?.includes(user.name) || groups?.some((group) => user.groups.includes(group)))
      .some(({ role }) => clusterRoles[role]?.some((rule) => ruleAllows(rule, access))),
    reason: '',
  }),
};
