/**
 * What a default role or binding must become: what it lacks is added, what somebody has added stays. Pure.
 *
 * Upstream: component-helpers/auth/rbac/reconciliation/{reconcile_role,reconcile_rolebindings}.go
 */
import { isEqual } from '../../../api/patch/json.ts';
import { compactRules } from '../../../api/rbac/compact.ts';
import { missingRules } from '../../../api/rbac/covers.ts';
import type { ClusterRole, KubeObject, ObjectMeta, RoleBinding } from '../../../api/types.ts';
import { autoUpdateAnnotation } from './default-objects.ts';

/** Of either kind of role, or of binding. */
export type RoleLike = Pick<ClusterRole, 'metadata' | 'rules' | 'aggregationRule'>;
export type BindingLike = Pick<RoleBinding, 'metadata' | 'roleRef' | 'subjects'>;

/** Its owner can say that it is to be left alone. */
const isProtected = ({ metadata }: KubeObject): boolean => metadata.annotations?.[autoUpdateAnnotation] === 'false';

/** The role as it must be; undefined when it is so already. */
export function reconciledRole(stored: RoleLike, wanted: RoleLike): RoleLike | undefined {
  if (isProtected(stored)) return undefined;
  const missing = wanted.aggregationRule ? [] : compactRules(missingRules(stored.rules ?? [], wanted.rules ?? []));
  const { clusterRoleSelectors: selectors = [] } = stored.aggregationRule ?? {};
  const added = (wanted.aggregationRule?.clusterRoleSelectors ?? []).filter(
    (selector) => !selectors.some((one) => isEqual(one, selector)),
  );
  return changed(stored, {
    ...stored,
    metadata: withMarks(stored.metadata, wanted.metadata),
    ...(missing.length > 0 && { rules: [...(stored.rules ?? []), ...missing] }),
    ...(added.length > 0 && { aggregationRule: { clusterRoleSelectors: [...selectors, ...added] } }),
  });
}

/** The binding as it must be; undefined when it is so already. Its role is not looked at. */
export function reconciledBinding(stored: BindingLike, wanted: BindingLike): BindingLike | undefined {
  if (isProtected(stored)) return undefined;
  const { subjects = [] } = stored;
  const missing = (wanted.subjects ?? []).filter((subject) => !subjects.some((one) => isEqual(one, subject)));
  return changed(stored, {
    ...stored,
    metadata: withMarks(stored.metadata, wanted.metadata),
    ...(missing.length > 0 && { subjects: [...subjects, ...missing] }),
  });
}

/** Whether it gives another role, which can only be put right by a new binding. */
export const hasOtherRole = (stored: BindingLike, wanted: BindingLike): boolean =>
  !isProtected(stored) && !isEqual(stored.roleRef, wanted.roleRef);

/** What stands there wins. */
const withMarks = (stored: ObjectMeta, wanted: ObjectMeta): ObjectMeta => ({
  ...stored,
  labels: { ...wanted.labels, ...stored.labels },
  annotations: { ...wanted.annotations, ...stored.annotations },
});

const changed = <T>(stored: T, object: T): T | undefined => (isEqual(stored, object) ? undefined : object);
