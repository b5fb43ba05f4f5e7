/**
 * What follows the message of a refusal on stderr: which rule would have allowed it, and which roles have it already. Only of what
 * RBAC has refused; quotas, pod security and webhooks refuse with the same code, and no rule helps against them.
 */
import { clusterroles } from '../api/kinds/clusterroles.ts';
import { roles } from '../api/kinds/roles.ts';
import { type Refused, readRefusal, rolesThatAllow } from '../api/rbac/would-allow.ts';
import type { KubeObject, Role } from '../api/types.ts';
import { RestClient } from '../client/rest.ts';
import { apiErrorOf, Failures } from './errors.ts';
import { commandsFor, roleText, withImpersonation } from './refusal.ts';
import type { Session } from './session.ts';

/** Nobody waits long for advice. */
const timeoutMs = 5000;
const maxRoles = 5;

/** The lines; none when the error is no refusal. */
export async function explainRefusal(error: unknown, session: Session): Promise<string[]> {
  const { impersonate } = session.rest.config;
  const refusals = refusalsIn(error).flatMap((refused) => withImpersonation(refused, impersonate));
  const byText = new Map(refusals.map((refused) => [JSON.stringify(refused), refused]));
  const lines: string[] = [];
  for (const refused of byText.values()) {
    lines.push('This would allow it:', ...commandsFor(refused).map((command) => `  ${command}`));
    const found = await rolesFor(refused, session);
    if (found.length > 0) lines.push(`So would a binding to: ${found.join(', ')}`);
  }
  return lines;
}

function refusalsIn(error: unknown): Refused[] {
  if (error instanceof Failures) return error.errors.flatMap(refusalsIn);
  const answer = apiErrorOf(error);
  const refused = answer?.code === 403 ? readRefusal(answer.message) : undefined;
  return refused ? [refused] : [];
}

/** The roles that have such a rule, as far as whoever has called may list them. Those of the control plane are for nobody else. */
async function rolesFor({ namespace, access }: Refused, session: Session): Promise<string[]> {
  // Who acts as somebody else may know more than they do.
  const rest = new RestClient({ ...session.rest.config, impersonate: undefined }, 'minikctl');
  const listed = async (resource: typeof roles | typeof clusterroles, path: string): Promise<Role[]> => {
    const { items } = await rest
      .request({ path, timeoutMs })
      .then(({ text }) => JSON.parse(text) as { items: KubeObject[] })
      // What cannot be listed is not told.
      .catch(() => ({ items: [] }));
    return items.map((item) => ({ ...item, kind: resource.kind }) as Role);
  };
  const all = await Promise.all([
    namespace ? listed(roles, rest.of(roles).path(namespace)) : [],
    listed(clusterroles, rest.of(clusterroles).path(undefined)),
  ]);
  rest.close();
  const own = all.flat().filter(({ metadata }) => !metadata.name?.startsWith('system:'));
  return rolesThatAllow(own, access).slice(0, maxRoles).map(roleText);
}
