import { describe, expect, test } from 'vitest';
import { jobs } from './jobs.ts';
import { cellsOf, created, createErrors, expectErrors, statusErrors, updateErrors } from './writes.fixture.ts';

const pod = { restartPolicy: 'Never', containers: [{ name: 'a', image: 'i:1' }] };
const job = (spec: object = {}, podSpec: object = {}) => ({
  spec: { template: { spec: { ...pod, ...podSpec } }, ...spec },
});
const indexed = (spec: object = {}) => job({ completionMode: 'Indexed', completions: 5, ...spec });
const ofThisJob = {
  'batch.kubernetes.io/controller-uid': 'u',
  'batch.kubernetes.io/job-name': 'a',
  'controller-uid': 'u',
  'job-name': 'a',
};

describe('a new job', () => {
  test('gets defaults, a selector of its own, and its pods’ labels', () => {
    expect(created(jobs, job())).toMatchObject({
      metadata: { labels: ofThisJob },
      spec: {
        completions: 1,
        parallelism: 1,
        backoffLimit: 6,
        completionMode: 'NonIndexed',
        suspend: false,
        podReplacementPolicy: 'TerminatingOrFailed',
        selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } },
        template: { metadata: { labels: ofThisJob }, spec: { terminationGracePeriodSeconds: 30 } },
      },
      status: {},
    });
  });

  test('keeps its own labels, and the template’s go with those of the selector', () => {
    const own = { ...job(), metadata: { labels: { x: 'y' } } };
    expect(created(jobs, own).metadata.labels).toEqual({ x: 'y' });
    const template = { metadata: { labels: { t: '1' } }, spec: pod };
    expect(created(jobs, { spec: { template } }).metadata.labels).toEqual({ t: '1', ...ofThisJob });
  });

  test('with a selector of the user’s gets none', () => {
    const spec = { manualSelector: true, selector: { matchLabels: { x: 'y' } } };
    expect(created(jobs, job(spec)).spec).toMatchObject({ selector: { matchLabels: { x: 'y' } } });
  });

  test.each([
    ['parallelism alone leaves completions open', { parallelism: 3 }, { parallelism: 3, backoffLimit: 6 }],
    ['a limit for each index', { backoffLimitPerIndex: 1 }, { backoffLimit: 2147483647 }],
    [
      'a failure policy',
      { podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }] } },
      {
        podReplacementPolicy: 'Failed',
        podFailurePolicy: { rules: [{ onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }] },
      },
    ],
  ])('defaults: %s', (_, spec, expected) => {
    expect(created(jobs, job(spec)).spec).toMatchObject(expected);
  });
});

const exitCodes = (onExitCodes: object) => ({ podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes }] } });

test.each<[object, string | undefined]>([
  [job(), undefined],
  [indexed(), undefined],
  [{}, 'spec.template: Required value'],
  [
    job({}, { restartPolicy: undefined }),
    'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
  ],
  [job({}, { containers: [] }), 'spec.template.spec.containers: Required value'],
  [job({ parallelism: -1 }), 'spec.parallelism: Invalid value: -1: must be greater than or equal to 0'],
  [job({ completions: -1 }), 'spec.completions: Invalid value: -1: must be greater than or equal to 0'],
  [job({ ttlSecondsAfterFinished: -1 }), 'spec.ttlSecondsAfterFinished: Invalid value: -1: must be greater than'],
  [
    job({ completionMode: 'Odd' }),
    'spec.completionMode: Unsupported value: "Odd": supported values: "Indexed", "NonIndexed"',
  ],
  [
    job({ managedBy: 'me' }),
    'spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")',
  ],
  [job({ managedBy: 'a.b/ä' }), 'spec.managedBy: Invalid value: "ä": Invalid path (regex used for validation is'],
  [job({ managedBy: `a.b/${'c'.repeat(60)}` }), 'spec.managedBy: Too long: may not be more than 63 bytes'],
  [job({ maxFailedIndexes: 1 }), 'spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified'],
  [job({ backoffLimitPerIndex: 1 }), 'spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode'],
  [
    job({ successPolicy: { rules: [] } }),
    'spec.successPolicy: Invalid value: {"rules":[]}: requires indexed completion mode',
  ],
  [
    job({ completionMode: 'Indexed', parallelism: 1 }),
    'spec.completions: Required value: when completion mode is Indexed',
  ],
  [
    indexed({ parallelism: 100001 }),
    'spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed',
  ],
  [
    indexed({ maxFailedIndexes: 6, backoffLimitPerIndex: 1 }),
    'spec.maxFailedIndexes: Invalid value: 6: must be less than or equal to completions',
  ],
  [
    indexed({ completions: 100001, backoffLimitPerIndex: 1 }),
    'spec.maxFailedIndexes: Required value: must be specified when completions is above 100000',
  ],
  [
    indexed({ completions: 100001, backoffLimitPerIndex: 1, maxFailedIndexes: 1, parallelism: 10001 }),
    'spec.parallelism: Invalid value: 10001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index',
  ],
  [
    { ...indexed(), metadata: { name: 'a'.repeat(62) } },
    `metadata.name: Invalid value: "${'a'.repeat(62)}": will not able to create pod with invalid DNS label: ${'a'.repeat(62)}-4`,
  ],
  [
    job({ template: { metadata: { labels: { 'job-name': 'b' } }, spec: pod } }),
    `spec.template.metadata.labels[job-name]: Invalid value: {"batch.kubernetes.io/controller-uid":"u","batch.kubernetes.io/job-name":"a","controller-uid":"u","job-name":"b"}: must be 'a'`,
  ],
  [
    job({ selector: { matchLabels: { x: 'y' } } }),
    'spec.selector: Invalid value: {"matchLabels":{"batch.kubernetes.io/controller-uid":"u","x":"y"}}: `selector` not auto-generated',
  ],
  [job({ manualSelector: true }), 'spec.selector: Required value'],
  [
    job({ manualSelector: true, selector: { matchLabels: { x: 'y' } } }),
    'spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`',
  ],
  [
    job({ podReplacementPolicy: 'Later' }),
    'spec.podReplacementPolicy: Unsupported value: "Later": supported values: "Failed", "TerminatingOrFailed"',
  ],
  [job(exitCodes({ operator: 'In', values: [1, 2] })), undefined],
  [
    job(exitCodes({ operator: 'In', values: [1] }), { restartPolicy: 'OnFailure' }),
    'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
  ],
  [
    job({ podFailurePolicy: { rules: [{}] } }),
    'spec.podFailurePolicy.rules[0].action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]',
  ],
  [
    job({ podFailurePolicy: { rules: [{ action: 'FailJob' }] } }),
    'spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required',
  ],
  [
    job({ podFailurePolicy: { rules: [{ action: 'FailIndex', onPodConditions: [{ type: 'X' }] }] } }),
    'spec.podFailurePolicy.rules[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
  ],
  [
    job(exitCodes({ operator: 'In', values: [0] })),
    'spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator',
  ],
  [
    job(exitCodes({ operator: 'In', values: [2, 1, 2] })),
    'spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 2',
  ],
  [
    job(exitCodes({ operator: 'In', values: [2, 1] })),
    'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [2,1]: must be ordered',
  ],
  [
    job(exitCodes({ operator: 'In', values: [1], containerName: 'x' })),
    'onExitCodes.containerName: Invalid value: "x": must be one of the container or initContainer names in the pod template',
  ],
  [indexed({ successPolicy: { rules: [{ succeededIndexes: '0,2-4' }] } }), undefined],
  [
    indexed({ successPolicy: { rules: [] } }),
    'spec.successPolicy.rules: Required value: at least one rules must be specified when the successPolicy is specified',
  ],
  [
    indexed({ successPolicy: { rules: [{}] } }),
    'spec.successPolicy.rules[0]: Required value: at least one of succeededCount or succeededIndexes must be specified',
  ],
  [
    indexed({ successPolicy: { rules: [{ succeededIndexes: '3-2' }] } }),
    'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "3-2": error parsing succeededIndexes: non-increasing order, previous: 3, current: 2',
  ],
  [
    indexed({ successPolicy: { rules: [{ succeededIndexes: '0-7' }] } }),
    'error parsing succeededIndexes: too large index: "7"',
  ],
  [
    indexed({ successPolicy: { rules: [{ succeededIndexes: '0-1', succeededCount: 3 }] } }),
    'spec.successPolicy.rules[0].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)',
  ],
])('%# %j: %s', (object, error) => {
  expectErrors(createErrors(jobs, object), error);
});

const selected = (spec: object = {}, podSpec: object = {}) =>
  job({
    manualSelector: true,
    selector: { matchLabels: { x: 'y' } },
    template: { metadata: { labels: { x: 'y' } }, spec: { ...pod, ...podSpec } },
    ...spec,
  });

test.each<[what: string, old: object, object: object, error: string | undefined]>([
  ['parallelism', selected(), selected({ completions: 1, parallelism: 2 }), undefined],
  ['completions', selected(), selected({ completions: 2 }), 'spec.completions: Invalid value: 2: field is immutable'],
  [
    'completions of a job with indexes, with parallelism',
    selected({ completionMode: 'Indexed', completions: 1 }),
    selected({ completionMode: 'Indexed', completions: 2, parallelism: 2 }),
    undefined,
  ],
  [
    'completions of a job with indexes alone',
    selected({ completionMode: 'Indexed', completions: 1 }),
    selected({ completionMode: 'Indexed', completions: 2 }),
    'spec.completions: Invalid value: 2: can only be modified in tandem with spec.parallelism',
  ],
  ['the template', selected(), selected({}, { hostNetwork: true }), ': field is immutable'],
  [
    'where pods run, while suspended',
    selected({ suspend: true }),
    selected({ suspend: true }, { nodeSelector: { a: 'b' } }),
    undefined,
  ],
  [
    'where pods run, once started',
    { ...selected({ suspend: true }), status: { startTime: '2024-01-01T00:00:00Z' } },
    selected({ suspend: true }, { nodeSelector: { a: 'b' } }),
    ': field is immutable',
  ],
  [
    'who manages it',
    selected(),
    selected({ managedBy: 'a.b/c' }),
    'spec.managedBy: Invalid value: "a.b/c": field is immutable',
  ],
])('an update of %s', (_, old, object, error) => {
  expectErrors(updateErrors(jobs, old, object), error);
});

const is = (...types: string[]) => ({ conditions: types.map((type) => ({ type, status: 'True' })) });
const [start, end] = ['2024-01-01T00:00:00Z', '2024-01-01T00:00:09Z'];
const complete = { ...is('Complete', 'SuccessCriteriaMet'), startTime: start, completionTime: end };

test.each<[status: object, old: object, error: string | undefined]>([
  [{ active: 1, ready: 1 }, {}, undefined],
  [complete, {}, undefined],
  [{ active: 1, ready: 2 }, {}, 'status.ready: Invalid value: 2: cannot set more ready pods than active'],
  [{ failed: 1 }, { failed: 2 }, 'status.failed: Invalid value: 1: cannot decrease the failed counter'],
  [
    is('Complete', 'Failed'),
    {},
    'status.conditions: Invalid value: cannot set Complete=True and Failed=true conditions',
  ],
  [is('Failed'), {}, 'cannot set Failed=True condition without the FailureTarget=true condition'],
  [is('Complete'), {}, 'cannot set Complete=True condition without the SuccessCriteriaMet=true condition'],
  [
    is('Complete', 'SuccessCriteriaMet'),
    {},
    'status.completionTime: Required value: completionTime is required for Complete jobs',
  ],
  [{ ...complete, active: 1 }, {}, 'status.active: Invalid value: 1: active>0 is invalid for finished job'],
  [
    { ...complete, startTime: undefined },
    {},
    'status.startTime: Required value: startTime is required for finished job',
  ],
  [{ ...complete, startTime: end, completionTime: start }, {}, 'completionTime cannot be set before startTime'],
  [{ completionTime: end }, {}, 'cannot set completionTime when there is no Complete=True condition'],
  [
    { startTime: start },
    complete,
    'status.conditions: Invalid value: cannot disable the terminal Complete=True condition',
  ],
  [{}, { startTime: start }, 'status.startTime: Required value: startTime cannot be removed for unsuspended job'],
  [
    { uncountedTerminatedPods: { succeeded: ['x'], failed: ['x'] } },
    {},
    'status.uncountedTerminatedPods.failed[0]: Duplicate value: "x"',
  ],
  [{ completedIndexes: '0' }, {}, 'cannot set non-empty completedIndexes when non-indexed completion mode'],
  [{ failedIndexes: '0' }, {}, 'cannot set non-null failedIndexes when backoffLimitPerIndex is null'],
])('%# status %j: %s', (status, old, error) => {
  expectErrors(statusErrors(jobs, job(), status, old), error);
});

test('indexes cannot have failed and be complete', () => {
  const status = { completedIndexes: '0-2', failedIndexes: '2-3' };
  expect(statusErrors(jobs, indexed({ backoffLimitPerIndex: 1 }), status)).toEqual([
    'status.failedIndexes: Invalid value: "2-3": failedIndexes and completedIndexes overlap at index: 2',
  ]);
});

test.each([
  [{}, { Status: 'Running', Completions: '0/1', Duration: '' }],
  [
    { spec: { completions: 3 }, status: { succeeded: 1, startTime: start } },
    { Completions: '1/3', Duration: '0s' },
  ],
  [{ spec: { parallelism: 2 } }, { Completions: '0/1 of 2' }],
  [{ status: complete }, { Status: 'Complete', Duration: '9s' }],
  [{ status: is('Failed', 'FailureTarget') }, { Status: 'Failed' }],
  [{ status: is('Suspended') }, { Status: 'Suspended' }],
  [{ status: is('SuccessCriteriaMet') }, { Status: 'SuccessCriteriaMet' }],
  [{ metadata: { deletionTimestamp: start } }, { Status: 'Terminating' }],
])('%j prints %j', (object, cells) => {
  expect(cellsOf(jobs, object)).toMatchObject(cells);
});
