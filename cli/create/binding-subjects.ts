/** The subjects that the flags of `create rolebinding` and `create clusterrolebinding` mean. */
import type { RoleSubject } from '../../api/types.ts';
import type { OptionSpec, Options } from '../command.ts';
import { listOf } from './generator.ts';

const rbac = 'rbac.authorization.k8s.io';

export const subjectOptions: OptionSpec[] = [
  ['--user <name>', 'A user it is bound to; may be repeated.', { repeatable: 'whole' }],
  ['--group <name>', 'A group it is bound to; may be repeated.', { repeatable: 'whole' }],
  [
    '--serviceaccount <account>',
    'A service account it is bound to, NAMESPACE:NAME; may be repeated.',
    { repeatable: 'whole' },
  ],
];

/** Throws when a service account is not of the form `namespace:name`. */
export function subjectsOf(options: Options): RoleSubject[] {
  const accounts = listOf(options, 'serviceaccount').map((text): RoleSubject => {
    const [namespace, name, ...more] = text.split(':');
    if (!namespace || !name || more.length > 0) throw new Error('serviceaccount must be <namespace>:<name>');
    return { kind: 'ServiceAccount', name, namespace };
  });
  return [
    ...listOf(options, 'user').map((name): RoleSubject => ({ apiGroup: rbac, kind: 'User', name })),
    ...listOf(options, 'group').map((name): RoleSubject => ({ apiGroup: rbac, kind: 'Group', name })),
    ...accounts,
  ];
}

/** What the binding gives. */
export const roleRefOf = (kind: 'Role' | 'ClusterRole', name: string): object => ({ apiGroup: rbac, kind, name });
