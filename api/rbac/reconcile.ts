/**
 * What a role or binding that is there must become to give what another one says: what it lacks is added; what it has besides stays,
 * unless it is to be removed. Pure; the apiserver keeps the default roles by it, and `auth reconcile` those of a file.
 *
 * Upstream: component-helpers/auth/rbac/reconciliation/{reconcile_role,reconcile_rolebindings}.go. Added rules are put together
 * where they are about the same resource.
 */
import { isEqual } from '../patch/json.ts';
import type {
  ClusterRole,
  KubeObject,
  LabelSelector,
  ObjectMeta,
  PolicyRule,
  RoleBinding,
  RoleSubject,
} from '../types.ts';
import { compactRules } from './compact.ts';
import { missingRules } from './covers.ts';

/** Of either kind of role, or of binding. */
export type RoleLike = Pick<ClusterRole, 'metadata' | 'rules' | 'aggregationRule'>;
export type BindingLike = Pick<RoleBinding, 'metadata' | 'roleRef' | 'subjects'>;

export interface Reconciled<T, Part> {
  /** The object as it must be. */
  object: T;
  /** What it takes; `recreate` because a binding never gets another role. */
  operation: 'none' | 'update' | 'recreate';
  /** Its owner has said that it is to be left alone. */
  isProtected: boolean;
  /** What the stored object lacks, and what it has besides. */
  missing: Part[];
  extra: Part[];
}

/** `false` says that an object is to be left alone. */
export const autoUpdateAnnotation = 'rbac.authorization.kubernetes.io/autoupdate';

const isProtected = ({ metadata }: KubeObject): boolean => metadata.annotations?.[autoUpdateAnnotation] === 'false';

/** The rules of a role that gathers others' are not looked at. */
export function reconcileRole(
  stored: RoleLike,
  wanted: RoleLike,
  removeExtra = false,
): Reconciled<RoleLike, PolicyRule> {
  const [has, needs] = [stored.rules ?? [], wanted.rules ?? []];
  const missing = wanted.aggregationRule ? [] : missingRules(has, needs);
  const extra = wanted.aggregationRule && stored.aggregationRule ? [] : missingRules(needs, has);
  const object = {
    ...stored,
    metadata: withMarks(stored.metadata, wanted.metadata),
    ...(!removeExtra && missing.length > 0 && { rules: [...has, ...compactRules(missing)] }),
    ...(removeExtra && missing.length + extra.length > 0 && { rules: needs }),
  };
  const selectors = selectorsFor(stored.aggregationRule, wanted.aggregationRule, removeExtra);
  if (selectors) object.aggregationRule = { ...object.aggregationRule, clusterRoleSelectors: selectors };
  else delete object.aggregationRule;
  return { object, operation: operationOf(stored, object), isProtected: isProtected(stored), missing, extra };
}

/** What it gathers afterwards; undefined for a role that gathers nothing. */
function selectorsFor(
  stored: ClusterRole['aggregationRule'],
  wanted: ClusterRole['aggregationRule'],
  removeExtra: boolean,
): LabelSelector[] | undefined {
  if (!wanted) return undefined;
  const has = stored?.clusterRoleSelectors ?? [];
  const needs = wanted.clusterRoleSelectors ?? [];
  return removeExtra ? (isEqual(has, needs) ? has : needs) : [...has, ...without(needs, has)];
}

/** A binding to another role is wanted as it is. */
export function reconcileBinding(
  stored: BindingLike,
  wanted: BindingLike,
  removeExtra = false,
): Reconciled<BindingLike, RoleSubject> {
  const leave = isProtected(stored);
  if (!isEqual(stored.roleRef, wanted.roleRef))
    return { object: wanted, operation: 'recreate', isProtected: leave, missing: [], extra: [] };
  const [has, needs] = [stored.subjects ?? [], wanted.subjects ?? []];
  const [missing, extra] = [without(needs, has), without(has, needs)];
  const object = {
    ...stored,
    metadata: withMarks(stored.metadata, wanted.metadata),
    ...(!removeExtra && missing.length > 0 && { subjects: [...has, ...missing] }),
    ...(removeExtra && missing.length + extra.length > 0 && { subjects: needs }),
  };
  return { object, operation: operationOf(stored, object), isProtected: leave, missing, extra };
}

const operationOf = (stored: unknown, object: unknown): 'none' | 'update' =>
  isEqual(stored, object) ? 'none' : 'update';

/** What of the list is not in the others, each once. */
const without = <T>(list: readonly T[], others: readonly T[]): T[] =>
  list.filter(
    (one, at) => !others.some((other) => isEqual(one, other)) && list.findIndex((same) => isEqual(one, same)) === at,
  );

/** What stands there wins. */
const withMarks = (stored: ObjectMeta, wanted: ObjectMeta): ObjectMeta => ({
  ...stored,
  ...(wanted.labels && { labels: { ...wanted.labels, ...stored.labels } }),
  ...(wanted.annotations && { annotations: { ...wanted.annotations, ...stored.annotations } }),
});
