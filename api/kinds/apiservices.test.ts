import { expect, test } from 'vitest';
import { apiservices } from './apiservices.ts';
import { cellsOf, created, createErrors, expectErrors, statusErrors } from './writes.fixture.ts';

const service = { namespace: 'default', name: 'api' };
const apiService = (spec: object = {}, name = 'v1.a.b') => ({
  metadata: { name },
  spec: { group: 'a.b', version: 'v1', groupPriorityMinimum: 100, versionPriority: 10, ...spec },
});

test.each<[object, string | undefined]>([
  [apiService(), undefined],
  [apiService({ group: '' }, 'v1.'), undefined],
  [apiService({ service, caBundle: 'YQ==' }), undefined],
  [apiService({}, 'v2.a.b'), 'metadata.name: Invalid value: "v2.a.b": must be `spec.version+"."+spec.group`: "v1.a.b"'],
  [apiService({ group: '', version: 'v2' }, 'v2.'), 'spec.group: Required value: only v1 may have an empty group'],
  [apiService({ version: '1' }, '1.a.b'), 'spec.version: Invalid value: "1": a DNS-1035 label'],
  [
    apiService({ groupPriorityMinimum: 20001 }),
    'spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000',
  ],
  [apiService({ versionPriority: 0 }), 'spec.versionPriority: Invalid value: 0: must be positive and less than 1000'],
  [
    apiService({ caBundle: 'YQ==' }),
    'spec.caBundle: Invalid value: "1 bytes": local APIServices may not have a caBundle',
  ],
  [apiService({ service: { name: 'a' } }), 'spec.service.namespace: Required value'],
  [
    apiService({ service, caBundle: 'YQ==', insecureSkipTLSVerify: true }),
    'spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present',
  ],
])('%j', (object, error) => {
  expectErrors(createErrors(apiservices, object), error);
});

test('what this server serves is available at once; what a Service serves, when somebody has seen it', () => {
  const local = created(apiservices, apiService());
  expect(local['status']).toMatchObject({ conditions: [{ type: 'Available', status: 'True', reason: 'Local' }] });
  expect(cellsOf(apiservices, local)).toMatchObject({ Service: 'Local', Available: 'True' });
  const remote = created(apiservices, apiService({ service }));
  expect(remote).toMatchObject({ status: {}, spec: { service: { ...service, port: 443 } } });
  expect(cellsOf(apiservices, remote)).toMatchObject({ Service: 'default/api', Available: 'Unknown' });
  const down = { conditions: [{ type: 'Available', status: 'False', reason: 'ServiceNotFound' }] };
  expect(cellsOf(apiservices, { ...remote, status: down })).toMatchObject({ Available: 'False (ServiceNotFound)' });
});

test('the status of a condition is one of three', () => {
  expect(statusErrors(apiservices, apiService(), { conditions: [{ type: 'Available', status: 'Yes' }] })).toEqual([
    'status.conditions[0].status: Unsupported value: "Yes": supported values: "False", "True", "Unknown"',
  ]);
});
