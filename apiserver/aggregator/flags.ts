/** The flags of aggregation, with kube-apiserver's names. */
import type { FlagTable } from '../../client/component/flags.ts';

export const aggregatorFlags = {
  'proxy-client-cert-file': {
    type: 'string',
    help: 'Client certificate file by which the servers of APIServices know this one, so that they believe who its clients are.',
  },
  'proxy-client-key-file': { type: 'string', help: 'Key file of that certificate.' },
} as const satisfies FlagTable;
