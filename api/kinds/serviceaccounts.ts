/** ServiceAccount: the identity that a pod's processes have towards the API. */
import type { Kind } from '../kind.ts';
import type { ServiceAccount } from '../types.ts';
import { ageColumn, nameColumn } from './columns.ts';

export const serviceaccounts: Kind<ServiceAccount> = {
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  singular: 'serviceaccount',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ServiceAccount',
  shortNames: ['sa'],
  subresources: {
    token: { kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'] },
  },
  columns: [
    nameColumn,
    {
      name: 'Secrets',
      type: 'integer',
      description: 'Number of secrets that pods of this account may use.',
      cell: (account) => account.secrets?.length ?? 0,
    },
    ageColumn,
  ],
};
