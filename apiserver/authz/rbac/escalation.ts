/**
 * Nobody gives what they do not have: whoever writes a role, or binds one, must hold all of its rules, unless they may `escalate`
 * roles or `bind` this one.
 *
 * An admission plugin of our own, behind those of Kubernetes, and no flag turns it off.
 *
 * Upstream: pkg/registry/rbac/{role,clusterrole,rolebinding,clusterrolebinding}/policybased, pkg/registry/rbac/escalation_check.go,
 * pkg/registry/rbac/validation/rule.go (ConfirmNoEscalation)
 */
import { type ApiError, forbidden, notFound } from '../../../api/errors.ts';
import { isEqual } from '../../../api/patch/json.ts';
import { compactRules, ruleText } from '../../../api/rbac/compact.ts';
import { fullAuthority, missingRules } from '../../../api/rbac/covers.ts';
import type { ClusterRole, KubeObject, PolicyRule, RoleBinding, RoleRef } from '../../../api/types.ts';
import { rbacGroup } from '../../../api/validation/rbac.ts';
import type { Admission, AdmissionPlugin } from '../../admission/plugin.ts';
import { type Access, type Authorizer, mastersGroup } from '../authorizer.ts';
import { Roles } from './role-rules.ts';

type Check = (admission: Admission) => void;

const checks: Record<string, Check> = {
  roles: checkRole,
  clusterroles: checkRole,
  rolebindings: checkBinding,
  clusterrolebindings: checkBinding,
};

export const rbacEscalation: AdmissionPlugin = {
  name: 'RBACEscalation',
  validate(admission) {
    const { resource, subresource, operation, object, old, options } = admission;
    if (resource.kind.group !== rbacGroup || subresource !== '' || !object) return;
    if (operation === 'update' && old && changesOnlyLifetime(object, old)) return;
    if (options.user.groups.includes(mastersGroup)) return;
    checks[resource.kind.plural]?.(admission);
  },
};

/** The garbage collector may settle who owns a role without holding what it gives. */
function changesOnlyLifetime(object: KubeObject, old: KubeObject): boolean {
  const { ownerReferences, finalizers, managedFields } = old.metadata;
  return isEqual({ ...object, metadata: { ...object.metadata, ownerReferences, finalizers, managedFields } }, old);
}

function checkRole(admission: Admission): void {
  if (mayEscalate(admission)) return;
  const { rules = [], aggregationRule } = admission.object as ClusterRole;
  const missing = missingFor(admission, rules);
  if (missing.length > 0) throw refused(admission, missingText(admission, missing));
  // It gathers whatever carries a label, also later.
  if (!aggregationRule && !(admission.old as ClusterRole | undefined)?.aggregationRule) return;
  if (missingFor(admission, fullAuthority).length > 0) {
    throw refused(admission, 'must have cluster-admin privileges to use an aggregationRule');
  }
}

function checkBinding(admission: Admission): void {
  const { roleRef } = admission.object as RoleBinding;
  if (mayBind(admission, roleRef)) return;
  const rules = new Roles(admission.served.resources).rulesOf(roleRef, admission.namespace);
  if (typeof rules === 'string') {
    throw notFound({ group: rbacGroup, plural: roleRef.kind.toLowerCase() }, roleRef.name);
  }
  const missing = missingFor(admission, rules);
  if (missing.length > 0) throw refused(admission, missingText(admission, missing));
}

const none = { isResource: true, path: '', subresource: '', version: '*' };

const mayEscalate = ({ served, options, resource, namespace, name, operation }: Admission): boolean => {
  const { group, plural } = resource.kind;
  // As in the request: what is created has no name there yet.
  const asked = operation === 'create' ? '' : name;
  const access = { ...none, verb: 'escalate', group, resource: plural, namespace, name: asked };
  return allows(served.authorizer, options, access);
};

const mayBind = ({ served, options, namespace }: Admission, { apiGroup = '', kind, name }: RoleRef): boolean =>
  allows(served.authorizer, options, {
    ...none,
    verb: 'bind',
    group: apiGroup,
    resource: kind === 'Role' ? 'roles' : 'clusterroles',
    namespace,
    name,
  });

const allows = (authorizer: Authorizer, { user }: Admission['options'], access: Access): boolean =>
  authorizer.decide(user, access).allowed;

/** What the writer does not hold. */
const missingFor = (admission: Admission, wanted: readonly PolicyRule[]): PolicyRule[] =>
  missingRules(held(admission).rules, wanted);

const held = ({ served, options, namespace }: Admission): { rules: PolicyRule[]; error: string } =>
  served.authorizer.rulesFor?.(options.user, namespace) ?? { rules: [], error: '' };

function missingText(admission: Admission, missing: readonly PolicyRule[]): string {
  const { name, groups } = admission.options.user;
  const shown = [...new Set(compactRules(missing).map(ruleText))].sort().join('\n');
  const who = `user ${JSON.stringify(name)} (groups=[${groups.map((group) => JSON.stringify(group)).join(' ')}])`;
  const { error } = held(admission);
  const unsure = error && `; resolution errors: [${error}]`;
  return `${who} is attempting to grant RBAC permissions not currently held:\n${shown}${unsure}`;
}

const refused = ({ resource, object }: Admission, why: string): ApiError =>
  forbidden(resource.kind, object?.metadata.name ?? '', why);
