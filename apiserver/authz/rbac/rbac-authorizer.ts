/**
 * RBAC: what the roles that are bound to a user, or to a group of it, allow.
 *
 * Upstream: plugin/pkg/auth/authorizer/rbac/rbac.go
 */
import { ruleAllows } from '../../../api/rbac/rules.ts';
import { subjectText } from '../../../api/rbac/subjects.ts';
import type { User } from '../../authn/user.ts';
import type { Access, Authorizer, Decision, UserRules } from '../authorizer.ts';
import type { Bound } from './binding-index.ts';
import type { RoleRules } from './role-rules.ts';

export class RbacAuthorizer implements Authorizer {
  readonly #roleRules: RoleRules;

  constructor(roleRules: RoleRules) {
    this.#roleRules = roleRules;
  }

  decide(user: User, access: Access): Decision {
    let allowedBy: Bound | undefined;
    let errors: Set<string> | undefined;
    this.#roleRules.visit(user, access.namespace, (given, rules, error) => {
      if (!rules) {
        errors ??= new Set();
        errors.add(error);
      } else if (rules.some((rule) => ruleAllows(rule, access))) {
        allowedBy = given.values().next().value;
      }
      return allowedBy !== undefined;
    });
    if (allowedBy) return { allowed: true, reason: `RBAC: allowed by ${bindingText(allowedBy)}` };
    return { allowed: false, reason: errors ? `RBAC: ${errorsText([...errors])}` : '' };
  }

  rulesFor(user: User, namespace: string): UserRules {
    const { rules, errors } = this.#roleRules.of(user, namespace);
    return { rules, incomplete: false, error: errors.length > 0 ? errorsText(errors) : '' };
  }
}

/** `ClusterRoleBinding "devs" of ClusterRole "view" to Group "devs"` */
function bindingText({ kind, name, namespace, roleRef, subject }: Bound): string {
  const binding = namespace ? `${name}/${namespace}` : name;
  const role = `${roleRef.kind} ${JSON.stringify(roleRef.name)}`;
  return `${kind} ${JSON.stringify(binding)} of ${role} to ${subjectText(subject, namespace)}`;
}

/** One error as it is, several in brackets. */
export const errorsText = (errors: readonly string[]): string =>
  errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]`;
