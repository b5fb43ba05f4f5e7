/** What a default role or binding must become: what it lacks is added, what somebody has added stays. Pure. */
import {
  type BindingLike,
  type Reconciled,
  type RoleLike,
  reconcileBinding,
  reconcileRole,
} from '../../../api/rbac/reconcile.ts';

/** The role as it must be; undefined when it is so already, or is to be left alone. */
export const reconciledRole = (stored: RoleLike, wanted: RoleLike): RoleLike | undefined =>
  updated(reconcileRole(stored, wanted));

/** The binding as it must be; undefined when it is so already, is to be left alone, or gives another role. */
export const reconciledBinding = (stored: BindingLike, wanted: BindingLike): BindingLike | undefined =>
  updated(reconcileBinding(stored, wanted));

/** Whether it gives another role, which can only be put right by a new binding. */
export function hasOtherRole(stored: BindingLike, wanted: BindingLike): boolean {
  const { operation, isProtected } = reconcileBinding(stored, wanted);
  return operation === 'recreate' && !isProtected;
}

const updated = <T>({ object, operation, isProtected }: Reconciled<T, unknown>): T | undefined =>
  operation === 'update' && !isProtected ? object : undefined;
