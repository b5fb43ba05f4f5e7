/** The flags of encryption, with kube-apiserver's names. Upstream: apiserver/pkg/server/options/etcd.go */
import type { FlagTable } from '../../../client/component/flags.ts';

export const encryptionFlags = {
  'encryption-provider-config': {
    type: 'string',
    help: 'The EncryptionConfiguration: what is encrypted in the store, and with which keys.',
  },
  'encryption-provider-config-automatic-reload': {
    type: 'bool',
    default: 'false',
    help: 'Read that file again when it changes.',
  },
} as const satisfies FlagTable;
