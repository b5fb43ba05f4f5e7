/**
 * CronJob: a Job at every time of a schedule. Upstream: pkg/registry/batch/cronjob/strategy.go, pkg/apis/batch
 *
 * This file is also the annotated example for whoever adds a kind. A kind is one object like the one below, and nothing else in
 * the project names it: routes, discovery, OpenAPI, storage, watches, tables, patches, server-side apply and the client follow
 * from the declaration. To add one:
 *
 * 1. Its type: a line in `../types.ts`. The fields themselves come from the derived schema (`../schema.ts`).
 * 2. Its declaration: a file here, and a line in `all.ts`, which is the order in which discovery lists kinds.
 * 3. What the schema cannot say: field numbers for protobuf bodies (`../proto-fields.ts`), how lists merge (`../merge-keys.ts`).
 * 4. An example object in `test/harness/example-objects.ts`: `test/kinds.test.ts` then tries every verb on it.
 *
 * All members are described in `../kind.ts`; only those that differ from the default are written.
 */
import { age } from '../age.ts';
import { setJobTemplateDefaults } from '../defaults/job.ts';
import { type FieldError, field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import type { CronJob } from '../types.ts';
import { nonNegative, requireOneOf } from '../validation/checks.ts';
import { cronScheduleError } from '../validation/cron-schedule.ts';
import { validateJobSpec } from '../validation/job.ts';
import { ageColumn, containerColumns, formatBoolean, nameColumn, orNone, selectorColumn } from './columns.ts';

type CronJobSpec = NonNullable<CronJob['spec']>;

/** The jobs' names are the CronJob's with a dash and ten digits, and have 63 characters at most. */
const maxNameLength = 52;

export const cronjobs: Kind<CronJob> = {
  // Where it is served: /apis/batch/v1/namespaces/NS/cronjobs. The core group's name is empty.
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  singular: 'cronjob',
  namespaced: true,
  // The type of its objects: unknown and mistyped fields are found by it, for every way in which an object can be sent.
  schema: 'io.k8s.api.batch.v1.CronJob',
  // What `kubectl get cj` and `kubectl get all` look for.
  shortNames: ['cj'],
  categories: ['all'],
  // Has a `status` subresource: a write of the object leaves the status alone, and a write of the status leaves all else alone.
  status: true,
  // No controller acts on it yet, so a write is answered with a warning. Goes when one does.
  inert: true,
  // First of all, on every create and update, before admission and validation. Only fills what is absent.
  setDefaults: ({ spec }) => {
    if (!spec) return;
    spec.concurrencyPolicy ||= 'Allow';
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    if (spec.jobTemplate?.spec) setJobTemplateDefaults(spec.jobTemplate.spec);
  },
  // What the schema cannot say, in Kubernetes' words and with its paths. `old` is there on an update, for what may not change
  // and for what was let through before. All that is wrong is told at once.
  validate: ({ metadata: { name = '' }, spec }, old) => [
    ...(spec ? validateSpec(spec, old?.spec) : [field.required('spec.schedule'), field.required('spec.jobTemplate')]),
    ...(!old && name.length > maxNameLength
      ? [field.invalid('metadata.name', name, `must be no more than ${maxNameLength} characters`)]
      : []),
  ],
  // What the server sets, whoever writes: a client cannot create an object with a status, nor change it by the way.
  strategy: {
    prepareForCreate: (cronJob) => {
      cronJob.status = {};
    },
    prepareForUpdate: (cronJob, old) => {
      cronJob.status = old.status;
    },
  },
  // What the server prints for `kubectl get`. Columns of priority 1, as the last ones, are for `-o wide`.
  columns: [
    nameColumn,
    { name: 'Schedule', type: 'string', description: 'When it runs.', cell: ({ spec }) => spec?.schedule ?? '' },
    {
      name: 'Timezone',
      type: 'string',
      description: 'Where the schedule’s hours are meant.',
      cell: ({ spec }) => orNone(spec?.timeZone),
    },
    {
      name: 'Suspend',
      type: 'boolean',
      description: 'Whether it makes no jobs for now.',
      cell: ({ spec }) => formatBoolean(spec?.suspend),
    },
    {
      name: 'Active',
      type: 'integer',
      description: 'How many of its jobs run.',
      cell: ({ status }) => status?.active?.length ?? 0,
    },
    {
      name: 'Last Schedule',
      type: 'string',
      description: 'Time since it last made a job.',
      cell: ({ status }, now) => (status?.lastScheduleTime ? age(status.lastScheduleTime, now) : '<none>'),
    },
    ageColumn,
    ...containerColumns<CronJob>(({ spec }) => spec?.jobTemplate?.spec?.template?.spec?.containers),
    selectorColumn(({ spec }) => spec?.jobTemplate?.spec?.selector),
  ],
};

function validateSpec(spec: CronJobSpec, old: CronJobSpec | undefined): FieldError[] {
  return [
    ...(spec.schedule ? validateSchedule(spec, old) : [field.required('spec.schedule')]),
    ...nonNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds),
    ...(!old || old.timeZone !== spec.timeZone ? validateTimeZone('spec.timeZone', spec.timeZone) : []),
    ...requireOneOf('spec.concurrencyPolicy', spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace']),
    ...validateJobTemplate('spec.jobTemplate.spec', spec.jobTemplate?.spec),
    ...nonNegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit),
    ...nonNegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit),
  ];
}

function validateSchedule({ schedule, timeZone }: CronJobSpec, old: CronJobSpec | undefined): FieldError[] {
  const path = 'spec.schedule';
  const error = cronScheduleError(schedule);
  const errors = error ? [field.invalid(path, schedule, error)] : [];
  if (!schedule.includes('TZ')) return errors;
  if (!old?.schedule?.includes('TZ')) {
    errors.push(field.invalid(path, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'));
  } else if (timeZone !== undefined) {
    errors.push(field.invalid(path, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule'));
  }
  return errors;
}

function validateTimeZone(path: string, zone: string | undefined): FieldError[] {
  if (zone === undefined) return [];
  if (zone === '') return [field.invalid(path, zone, 'timeZone must be nil or non-empty string')];
  const good = zone
    .split('/')
    .every((part) => part !== '.' && part !== '..' && /^(?!-)[A-Za-z._0-9+-]{1,14}$/.test(part));
  if (zone.toLowerCase() === 'local') {
    const why = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    return [field.invalid(path, zone, why)];
  }
  return good && isKnownZone(zone) ? [] : [field.invalid(path, zone, `unknown time zone ${zone}`)];
}

function isKnownZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
}

function validateJobTemplate(path: string, spec: CronJobSpec['jobTemplate']['spec']): FieldError[] {
  if (!spec) return [field.required(`${path}.template`)];
  return [
    ...validateJobSpec(path, spec),
    ...(spec.selector ? [field.invalid(`${path}.selector`, spec.selector, '`selector` will be auto-generated')] : []),
    ...(spec.manualSelector ? [field.notSupported(`${path}.manualSelector`, true, ['nil', 'false'])] : []),
  ];
}
