/** How bindings of roles print. Upstream: pkg/printers/internalversion (printRoleBinding), pkg/apis/rbac (SubjectsStrings) */
import type { Column } from '../kind.ts';
import type { RoleBinding, RoleSubject } from '../types.ts';
import { ageColumn, nameColumn } from './columns.ts';

type Binding = Pick<RoleBinding, 'metadata' | 'roleRef' | 'subjects'>;

/** The columns of RoleBinding and ClusterRoleBinding. */
export const roleBindingColumns: Column<Binding>[] = [
  nameColumn,
  {
    name: 'Role',
    type: 'string',
    description: 'The role that it gives.',
    cell: ({ roleRef }) => `${roleRef?.kind ?? ''}/${roleRef?.name ?? ''}`,
  },
  ageColumn,
  subjectsColumn('Users', 'User'),
  subjectsColumn('Groups', 'Group'),
  subjectsColumn('ServiceAccounts', 'ServiceAccount'),
];

function subjectsColumn(name: string, kind: string): Column<Binding> {
  const text = ({ namespace, name }: RoleSubject): string =>
    kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name;
  return {
    name,
    type: 'string',
    priority: 1,
    description: `${name} that it gives the role to.`,
    cell: ({ subjects }) =>
      (subjects ?? [])
        .filter((subject) => subject.kind === kind)
        .map(text)
        .join(', '),
  };
}
