/** Job: pods that run to their end. Upstream: pkg/registry/batch/job/strategy.go, pkg/printers/internalversion (printJob) */
import { age } from '../age.ts';
import { setJobDefaults } from '../defaults/job.ts';
import type { Kind } from '../kind.ts';
import { isConditionTrue } from '../meta.ts';
import { isEqual } from '../patch/json.ts';
import type { Job } from '../types.ts';
import { jobLabels, validateJob } from '../validation/job.ts';
import { validateJobStatus } from '../validation/job-status.ts';
import { ageColumn, containerColumns, nameColumn, selectorColumn } from './columns.ts';

export const jobs: Kind<Job> = {
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  singular: 'job',
  namespaced: true,
  schema: 'io.k8s.api.batch.v1.Job',
  categories: ['all'],
  status: true,
  inert: true,
  orphansByDefault: {
    warning:
      'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
  },
  setDefaults: ({ metadata, spec }) => {
    if (!spec) return;
    setJobDefaults(spec);
    const { labels } = spec.template?.metadata ?? {};
    if (labels && isEqual(metadata.labels ?? {}, {})) metadata.labels = { ...labels };
  },
  validate: validateJob,
  validateStatus: validateJobStatus,
  strategy: {
    prepareForCreate: (job) => {
      job.status = {};
      if (job.spec && !job.spec.manualSelector) generateSelector(job, job.spec);
    },
    prepareForUpdate: (job, old) => {
      job.status = old.status;
    },
  },
  fieldSelectors: { 'status.successful': (job) => String(job.status?.succeeded ?? 0) },
  columns: [
    nameColumn,
    { name: 'Status', type: 'string', description: 'How far the job is, or how it ended.', cell: jobStatus },
    {
      name: 'Completions',
      type: 'string',
      description: 'How many pods have succeeded, of how many that must.',
      cell: completions,
    },
    { name: 'Duration', type: 'string', description: 'From its start to its end, or until now.', cell: duration },
    ageColumn,
    ...containerColumns<Job>((job) => job.spec?.template?.spec?.containers),
    selectorColumn((job) => job.spec?.selector),
  ],
};

/** Gives the pods labels that no other Job's have, and selects by the newest of them. What the user has set stays. */
function generateSelector(job: Job, spec: NonNullable<Job['spec']>): void {
  spec.template ??= {};
  const given = spec.template.metadata?.labels;
  const labels = { ...jobLabels(job), ...given };
  spec.template.metadata = { ...spec.template.metadata, labels };
  // A job without labels of its own has those of its pods.
  if (isEqual(job.metadata.labels ?? {}, given ?? {})) job.metadata.labels = { ...labels };
  const key = 'batch.kubernetes.io/controller-uid';
  const { uid = '' } = job.metadata;
  spec.selector = { ...spec.selector, matchLabels: { [key]: uid, ...spec.selector?.matchLabels } };
}

/** What an unfinished job may say of itself, the more telling first. */
const states = ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'];

function jobStatus({ metadata, status }: Job): string {
  const is = (type: string): boolean => isConditionTrue(status?.conditions, type);
  if (is('Complete')) return 'Complete';
  if (is('Failed')) return 'Failed';
  if (metadata.deletionTimestamp) return 'Terminating';
  return states.find(is) ?? 'Running';
}

function completions({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function duration({ status }: Job, now: number): string {
  if (!status?.startTime) return '';
  return age(status.startTime, status.completionTime ? Date.parse(status.completionTime) : now);
}
