/** The kinds of resource.k8s.io: devices that are offered, wanted and given. */
import { describe, expect, test } from 'vitest';
import { deviceclasses } from './deviceclasses.ts';
import { resourceclaims } from './resourceclaims.ts';
import { resourceclaimtemplates } from './resourceclaimtemplates.ts';
import { resourceslices } from './resourceslices.ts';
import { cellsOf, created, createErrors, expectErrors, statusErrors, updateErrors } from './writes.fixture.ts';

const gpu = { name: 'gpu', exactly: { deviceClassName: 'gpu.example.com' } };
const claim = (request: object = {}, devices: object = {}) => ({
  spec: { devices: { requests: [{ ...gpu, ...request }], ...devices } },
});
const exactly = (more: object) => claim({ exactly: { ...gpu.exactly, ...more } });
const opaque = { driver: 'gpu.example.com', parameters: { mode: 'fast' } };
const request = 'spec.devices.requests[0]';

test('a request is for one device', () => {
  expect(created(resourceclaims, claim()).spec).toEqual({
    devices: { requests: [{ ...gpu, exactly: { ...gpu.exactly, allocationMode: 'ExactCount', count: 1 } }] },
  });
  const all = created(resourceclaims, exactly({ allocationMode: 'All', tolerations: [{ key: 'a' }] })).spec;
  expect(all).toMatchObject({
    devices: { requests: [{ exactly: { allocationMode: 'All', tolerations: [{ key: 'a', operator: 'Equal' }] } }] },
  });
});

test.each<[object, string | undefined]>([
  [claim(), undefined],
  [{ spec: {} }, undefined],
  [claim({ name: 'A' }), `${request}.name: Invalid value: "A": a lowercase RFC 1123 label`],
  [
    claim({ exactly: undefined }),
    `${request}: Required value: exactly one of \`exactly\` or \`firstAvailable\` is required`,
  ],
  [
    claim({ firstAvailable: [{ name: 'a', deviceClassName: 'b' }] }),
    `${request}: Invalid value: null: exactly one of \`exactly\` or \`firstAvailable\` is required, but multiple`,
  ],
  [claim({ exactly: {} }), `${request}.exactly.deviceClassName: Required value`],
  [
    exactly({ allocationMode: 'All', count: 2 }),
    `${request}.exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'`,
  ],
  [exactly({ count: -1 }), `${request}.exactly.count: Invalid value: -1: must be greater than zero`],
  [
    exactly({ allocationMode: 'Some' }),
    `${request}.exactly.allocationMode: Unsupported value: "Some": supported values: "All", "ExactCount"`,
  ],
  [exactly({ selectors: [{}] }), `${request}.exactly.selectors[0].cel: Required value`],
  [
    exactly({ tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }] }),
    `${request}.exactly.tolerations[0].value: Invalid value: "b": must be empty for operator \`Exists\``,
  ],
  [
    claim({}, { requests: Array.from({ length: 33 }, (_, i) => ({ ...gpu, name: `r${i}` })) }),
    'spec.devices.requests: Too many: 33: must have at most 32 items',
  ],
  [claim({}, { requests: [gpu, gpu] }), 'spec.devices.requests[1].name: Duplicate value: "gpu"'],
  [claim({}, { constraints: [{}] }), 'spec.devices.constraints[0].matchAttribute: Required value'],
  [
    claim({}, { constraints: [{ matchAttribute: 'model' }] }),
    'spec.devices.constraints[0].matchAttribute: Invalid value: "model": must include a domain',
  ],
  [
    claim({}, { config: [{ requests: ['other'], opaque }] }),
    'spec.devices.config[0].requests[0]: Invalid value: "other": must be the name of a request in the claim',
  ],
  [claim({}, { config: [{}] }), 'spec.devices.config[0].opaque: Required value'],
  [
    claim({}, { config: [{ opaque: { ...opaque, parameters: [] } }] }),
    'spec.devices.config[0].opaque.parameters: Invalid value: parameters must be a valid JSON object',
  ],
])('a claim %j', (object, error) => {
  expectErrors(createErrors(resourceclaims, object), error);
  // The claim of a template keeps to the same rules.
  const template = createErrors(resourceclaimtemplates, { spec: object });
  expectErrors(template, error?.replace(/^spec\./, 'spec.spec.'));
});

test('what is wanted stays', () => {
  const immutable = expect.stringMatching(/^spec: Invalid value: .*: field is immutable$/);
  expect(updateErrors(resourceclaims, claim(), claim({ name: 'b' }))).toEqual([immutable]);
  const template = { spec: claim() };
  expect(updateErrors(resourceclaimtemplates, template, { spec: claim({ name: 'b' }) })).toEqual([immutable]);
});

const result = { request: 'gpu', driver: 'gpu.example.com', pool: 'node-1', device: 'gpu-0' };
const allocation = { devices: { results: [result] } };
const user = { resource: 'pods', name: 'web', uid: 'u' };
const told = { driver: 'gpu.example.com', pool: 'node-1', device: 'gpu-1' };

test.each<[object, string | undefined]>([
  [{ allocation, reservedFor: [user] }, undefined],
  [{ reservedFor: [user] }, 'status.reservedFor: Forbidden: may not be specified when `allocated` is not set'],
  [{ allocation, reservedFor: [user, user] }, 'status.reservedFor[1].uid: Duplicate value: "u"'],
  [
    { allocation: { devices: { results: [{ ...result, request: 'tpu' }] } } },
    'status.allocation.devices.results[0].request: Invalid value: "tpu": must be the name of a request',
  ],
  [
    { allocation: { devices: { results: [{ ...result, pool: '' }] } } },
    'status.allocation.devices.results[0].pool: Required value',
  ],
  [
    { allocation, devices: [told] },
    'status.devices[0]: Invalid value: "gpu.example.com/node-1/gpu-1": must be an allocated device in the claim',
  ],
])('a status %j', (status, error) => {
  expectErrors(statusErrors(resourceclaims, claim(), status), error);
});

test('what is given stays until it is given back', () => {
  const other = { devices: { results: [{ ...result, device: 'gpu-1' }] } };
  const old = { allocation };
  expectErrors(statusErrors(resourceclaims, claim(), { allocation: other }, old), 'status.allocation: Invalid value');
  expect(statusErrors(resourceclaims, claim(), {}, old)).toEqual([]);
});

test('the state of a claim', () => {
  const state = (status: object, metadata = {}) => cellsOf(resourceclaims, { ...claim(), metadata, status })['State'];
  expect(state({})).toBe('pending');
  expect(state({ allocation })).toBe('allocated');
  expect(state({ allocation, reservedFor: [user] })).toBe('allocated,reserved');
  expect(state({ allocation }, { deletionTimestamp: '2024-01-01T00:00:00Z' })).toBe('deleted,allocated');
});

const slice = (spec: object = {}, device: object = {}) => ({
  spec: {
    driver: 'gpu.example.com',
    nodeName: 'node-1',
    pool: { name: 'node-1', resourceSliceCount: 1 },
    devices: [{ name: 'gpu-0', ...device }],
    ...spec,
  },
});

describe('a slice', () => {
  test.each<[object, string | undefined]>([
    [slice(), undefined],
    [slice({ driver: 'a b' }), 'spec.driver: Invalid value: "a b": a lowercase RFC 1123 subdomain'],
    [slice({ pool: { name: 'a' } }), 'spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero'],
    [slice({ nodeName: undefined }), 'spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`'],
    [
      slice({ allNodes: true }),
      'spec: Invalid value: "{`nodeName`, `allNodes`}": exactly one of `nodeName`, `nodeSelector`, `allNodes`',
    ],
    [slice({}, { name: 'A' }), 'spec.devices[0].name: Invalid value: "A"'],
    [
      slice({}, { attributes: { model: {} } }),
      'spec.devices[0].attributes[model]: Required value: exactly one value must be specified',
    ],
    [
      slice({}, { attributes: { '1st': { int: 1 } } }),
      `spec.devices[0].attributes[1st]: Invalid value: "1st": a valid C identifier`,
    ],
    [
      slice({}, { attributes: { model: { version: '1.2' } } }),
      'spec.devices[0].attributes[model].version: Invalid value: "1.2": must be a string compatible with semver.org spec',
    ],
    [slice({}, { nodeName: 'a' }), 'spec.devices[0].nodeName: Forbidden: can only be set if `perDeviceNodeSelection`'],
    [
      slice({ nodeName: undefined, perDeviceNodeSelection: true }),
      'spec.devices[0]: Required value: exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when',
    ],
    [slice({ nodeName: undefined, perDeviceNodeSelection: true }, { allNodes: true }), undefined],
    [slice({ sharedCounters: [{ name: 'a' }] }), 'spec.sharedCounters[0].counters: Required value'],
    [
      slice({}, { consumesCounters: [{ counterSet: 'a', counters: { B: { value: '1' } } }] }),
      'spec.devices[0].consumesCounters[0].counters[B]: Invalid value: "B": a lowercase RFC 1123 label',
    ],
    [slice({}, { taints: [{ key: 'a' }] }), 'spec.devices[0].taints[0].effect: Required value'],
  ])('%j', (object, error) => {
    expectErrors(createErrors(resourceslices, object), error);
  });

  test('is of one driver, pool and node', () => {
    const other = slice({ driver: 'b', nodeName: 'b', pool: { name: 'b', resourceSliceCount: 1 } });
    expect(updateErrors(resourceslices, slice(), other).map((error) => error.split(':')[0])).toEqual([
      'spec.pool.name',
      'spec.driver',
      'spec.nodeName',
    ]);
  });

  test('says since when a device is tainted', () => {
    const { spec } = created(resourceslices, slice({}, { taints: [{ key: 'a', effect: 'NoSchedule' }] }));
    expect(spec).toMatchObject({ devices: [{ taints: [{ timeAdded: '2024-01-01T00:00:00Z' }] }] });
  });
});

test.each<[object, string | undefined]>([
  [{ spec: { selectors: [{ cel: { expression: 'true' } }], config: [{ opaque }] } }, undefined],
  [{ spec: { config: [{ opaque: { parameters: {} } }] } }, 'spec.config[0].opaque.driver: Required value'],
  [
    { spec: { selectors: [{ cel: { expression: 'x'.repeat(10241) } }] } },
    'spec.selectors[0].cel.expression: Too long: may not be more than 10240 bytes',
  ],
  [
    { spec: { selectors: [{ cel: { expression: 'device.driver ==' } }] } },
    'spec.selectors[0].cel.expression: Invalid value',
  ],
  [
    { spec: { selectors: [{ cel: { expression: 'device.colour == "red"' } }] } },
    'spec.selectors[0].cel.expression: Invalid value',
  ],
  [
    { spec: { selectors: [{ cel: { expression: 'device.driver' } }] } },
    'Invalid value: "device.driver": must evaluate to bool or the unknown type, not string',
  ],
  [
    {
      spec: {
        selectors: [
          {
            cel: {
              expression:
                'device.attributes["a.b"].model == "x" && device.capacity["a.b"].memory.isGreaterThan(quantity("1Gi"))',
            },
          },
        ],
      },
    },
    undefined,
  ],
])('a class %#', (object, error) => {
  expectErrors(createErrors(deviceclasses, object), error);
});
