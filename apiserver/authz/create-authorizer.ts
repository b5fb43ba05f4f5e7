/**
 * The authorizers of a server, in the order in which they are asked: whoever may do everything, then what
 * `--authorization-mode` lists.
 *
 * Upstream: pkg/kubeapiserver/authorizer/{config,modes}
 */
import type { Resources } from '../registry/resources.ts';
import { type Authorizer, AuthorizerChain, alwaysAllow, alwaysDeny, privilegedGroup } from './authorizer.ts';
import { NodeAuthorizer } from './node/node-authorizer.ts';
import { NodeGraph } from './node/node-graph.ts';
import { RbacAuthorizer } from './rbac/rbac-authorizer.ts';
import { RoleRules } from './rbac/role-rules.ts';

const modes: Record<string, (resources: Resources) => Authorizer> = {
  AlwaysAllow: () => alwaysAllow,
  AlwaysDeny: () => alwaysDeny,
  Node: (resources) => new NodeAuthorizer(new NodeGraph(resources)),
  RBAC: (resources) => new RbacAuthorizer(new RoleRules(resources)),
};

/** Makes them. They decide from the caches of these resources. Throws for a mode that there is not, or that is given twice. */
export function createAuthorizer(resources: Resources, names: readonly string[] = ['Node', 'RBAC']): Authorizer {
  if (names.length === 0) throw new Error('--authorization-mode: at least one authorization mode must be passed');
  const authorizers = names.map((name, i) => {
    if (!Object.hasOwn(modes, name)) {
      throw new Error(
        `--authorization-mode: ${JSON.stringify(name)} is not a valid mode; there are ${Object.keys(modes).join(', ')}`,
      );
    }
    if (names.indexOf(name) !== i) throw new Error(`--authorization-mode: ${JSON.stringify(name)} is specified twice`);
    return modes[name]!(resources);
  });
  return new AuthorizerChain([privilegedGroup, ...authorizers]);
}
