import { expect, test } from 'vitest';
import { cronjobs } from './cronjobs.ts';
import { cellsOf, created, createErrors, expectErrors, updateErrors } from './writes.fixture.ts';

const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'i:1' }] } };
const cronJob = (spec: object = {}) => ({
  spec: { schedule: '* * * * *', jobTemplate: { spec: { template } }, ...spec },
});

test('gets defaults; its jobs get theirs when they are made', () => {
  const { spec, status } = created(cronjobs, cronJob()) as { spec?: object; status?: object };
  expect(status).toEqual({});
  expect(spec).toMatchObject({
    concurrencyPolicy: 'Allow',
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
    jobTemplate: { spec: { template: { spec: { dnsPolicy: 'ClusterFirst' } } } },
  });
  expect(JSON.stringify(spec)).not.toContain('backoffLimit');
});

test.each<[object, string | undefined]>([
  [cronJob(), undefined],
  [cronJob({ schedule: '*/5 0-6/2 1,15 JAN-mar mon', timeZone: 'Europe/Berlin' }), undefined],
  [cronJob({ schedule: '@hourly' }), undefined],
  [cronJob({ schedule: '@every 1h30m' }), undefined],
  [cronJob({ schedule: '' }), 'spec.schedule: Required value'],
  [
    cronJob({ schedule: '* * *' }),
    'spec.schedule: Invalid value: "* * *": expected exactly 5 fields, found 3: [* * *]',
  ],
  [
    cronJob({ schedule: '60 * * * *' }),
    'spec.schedule: Invalid value: "60 * * * *": end of range (60) above maximum (59): 60',
  ],
  [cronJob({ schedule: '* * 0 * *' }), 'beginning of range (0) below minimum (1): 0'],
  [cronJob({ schedule: '5-1 * * * *' }), 'beginning of range (5) beyond end of range (1): 5-1'],
  [cronJob({ schedule: '*/0 * * * *' }), 'step of range should be a positive number: */0'],
  [cronJob({ schedule: '1-2-3 * * * *' }), 'too many hyphens: 1-2-3'],
  [cronJob({ schedule: '1/2/3 * * * *' }), 'too many slashes: 1/2/3'],
  [cronJob({ schedule: 'x * * * *' }), 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
  [cronJob({ schedule: '@often' }), 'unrecognized descriptor: @often'],
  [cronJob({ schedule: '@every x' }), 'failed to parse duration @every x: time: invalid duration "x"'],
  [cronJob({ schedule: 'TZ=UTC * * * * *' }), 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'],
  [cronJob({ timeZone: '' }), 'spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string'],
  [
    cronJob({ timeZone: 'Local' }),
    'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
  ],
  [cronJob({ timeZone: 'Mars/Phobos' }), 'spec.timeZone: Invalid value: "Mars/Phobos": unknown time zone Mars/Phobos'],
  [
    cronJob({ concurrencyPolicy: 'Maybe' }),
    'spec.concurrencyPolicy: Unsupported value: "Maybe": supported values: "Allow", "Forbid", "Replace"',
  ],
  [cronJob({ successfulJobsHistoryLimit: -1 }), 'spec.successfulJobsHistoryLimit: Invalid value: -1: must be greater'],
  [
    cronJob({ jobTemplate: { spec: { template, selector: { matchLabels: { a: 'b' } } } } }),
    'spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` will be auto-generated',
  ],
  [
    cronJob({ jobTemplate: { spec: { template, manualSelector: true } } }),
    'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "false", "nil"',
  ],
  [
    cronJob({ jobTemplate: { spec: { template: { spec: { containers: [] } } } } }),
    'spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
  ],
  [{ ...cronJob(), metadata: { name: 'a'.repeat(53) } }, 'metadata.name: Invalid value: "aaa'],
])('%# %j: %s', (object, error) => {
  expectErrors(createErrors(cronjobs, object), error);
});

test('a long name and a zone in the schedule from before may stay', () => {
  const old = { ...cronJob({ schedule: 'TZ=UTC * * * * *' }), metadata: { name: 'a'.repeat(53) } };
  expect(updateErrors(cronjobs, old, old)).toEqual([]);
  expect(updateErrors(cronjobs, old, cronJob({ schedule: 'TZ=UTC * * * * *', timeZone: 'UTC' }))).toEqual([
    'spec.schedule: Invalid value: "TZ=UTC * * * * *": cannot use both timeZone field and TZ or CRON_TZ in schedule',
  ]);
});

test('prints', () => {
  expect(cellsOf(cronjobs, { ...cronJob({ suspend: true }), status: { active: [{}] } })).toMatchObject({
    Schedule: '* * * * *',
    Timezone: '<none>',
    Suspend: 'True',
    Active: 1,
    'Last Schedule': '<none>',
    Containers: 'a',
  });
});
