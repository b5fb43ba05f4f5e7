/** The flags of auditing, with kube-apiserver's names. Upstream: apiserver/pkg/server/options/audit.go */
import type { FlagTable, FlagValues } from '../../client/component/flags.ts';

const modes = ['batch', 'blocking', 'blocking-strict'] as const;

export const auditFlags = {
  'audit-policy-file': { type: 'string', help: 'The audit policy: which requests are recorded. Without it none is.' },
  'audit-log-path': { type: 'string', help: 'The file to which audit events are written; - is the standard output.' },
  'audit-log-format': { type: 'string', default: 'json', choices: ['json'], help: 'How an event is written.' },
  'audit-log-version': {
    type: 'string',
    default: 'audit.k8s.io/v1',
    choices: ['audit.k8s.io/v1'],
    help: 'The version of the events in the log.',
  },
  'audit-log-maxage': {
    type: 'int',
    default: '0',
    help: 'How many days logs are kept that were set aside; 0 for any number.',
  },
  'audit-log-maxbackup': { type: 'int', default: '0', help: 'How many logs are kept that were set aside; 0 for all.' },
  'audit-log-maxsize': {
    type: 'int',
    default: '0',
    help: 'From how many megabytes on the log is set aside and begun anew; 0 stands for 100.',
  },
  'audit-log-compress': { type: 'bool', default: 'false', help: 'Compress the logs that were set aside, with gzip.' },
  'audit-log-mode': {
    type: 'string',
    default: 'blocking',
    choices: modes,
    help: 'Whether a request waits until its event is written, and fails when it cannot be (blocking-strict).',
  },
  'audit-log-batch-buffer-size': { type: 'int', default: '10000', help: 'How many events may wait, in batch mode.' },
  'audit-log-batch-max-size': {
    type: 'int',
    default: '400',
    help: 'How many events are written at once, in batch mode.',
  },
  'audit-log-batch-max-wait': { type: 'duration', default: '0', help: 'How long an event may wait, in batch mode.' },
  'audit-log-truncate-enabled': { type: 'bool', default: 'false', help: 'Leave the bodies out of large events.' },
  'audit-log-truncate-max-event-size': {
    type: 'int',
    default: '102400',
    help: 'From how many bytes on an event is large. One that is without its bodies, too, is dropped.',
  },
  'audit-webhook-config-file': {
    type: 'string',
    help: 'A kubeconfig file with the server to which audit events are sent.',
  },
  'audit-webhook-initial-backoff': {
    type: 'duration',
    default: '10s',
    help: 'How long to wait before what failed is sent for the second time.',
  },
  'audit-webhook-version': {
    type: 'string',
    default: 'audit.k8s.io/v1',
    choices: ['audit.k8s.io/v1'],
    help: 'The version of the events that are sent.',
  },
  'audit-webhook-mode': {
    type: 'string',
    default: 'batch',
    choices: ['batch'],
    help: 'How events are sent: together, and without keeping requests waiting.',
  },
  'audit-webhook-batch-buffer-size': { type: 'int', default: '10000', help: 'How many events may wait.' },
  'audit-webhook-batch-max-size': { type: 'int', default: '400', help: 'How many events are sent at once.' },
  'audit-webhook-batch-max-wait': { type: 'duration', default: '30s', help: 'How long an event may wait.' },
  'audit-webhook-batch-throttle-enable': { type: 'bool', default: 'true', help: 'Limit how often events are sent.' },
  'audit-webhook-batch-throttle-qps': { type: 'int', default: '10', help: 'How many batches are sent in a second.' },
  'audit-webhook-batch-throttle-burst': { type: 'int', default: '15', help: 'How many batches may be sent at once.' },
  'audit-webhook-truncate-enabled': { type: 'bool', default: 'false', help: 'Leave the bodies out of large events.' },
  'audit-webhook-truncate-max-event-size': {
    type: 'int',
    default: '102400',
    help: 'From how many bytes on an event is large. One that is without its bodies, too, is dropped.',
  },
} as const satisfies FlagTable;

export type AuditFlags = FlagValues<typeof auditFlags>;
