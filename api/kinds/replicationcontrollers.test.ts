import { expect, test } from 'vitest';
import { replicationcontrollers } from './replicationcontrollers.ts';
import { cellsOf, created, createErrors, expectErrors, statusErrors } from './writes.fixture.ts';

const labels = { app: 'web' };
const template = { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'i:1' }] } };

test('takes selector and labels from its template', () => {
  expect(created(replicationcontrollers, { spec: { template } })).toMatchObject({
    metadata: { labels },
    spec: { replicas: 1, selector: labels },
    status: { replicas: 0 },
  });
  const own = { metadata: { labels: { a: 'b' } }, spec: { template, selector: { app: 'web' } } };
  expect(created(replicationcontrollers, own).metadata.labels).toEqual({ a: 'b' });
});

test.each<[object, string | undefined]>([
  [{ spec: { template } }, undefined],
  [{}, 'spec.selector: Required value'],
  [{ spec: { selector: labels } }, 'spec.template: Required value'],
  [{ spec: { template, replicas: -1 } }, 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
  [
    { spec: { template, selector: { app: 'x' } } },
    'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
  ],
  [
    { spec: { template: { ...template, spec: { ...template.spec, activeDeadlineSeconds: 5 } } } },
    'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicationController is not Supported',
  ],
])('%# %j: %s', (object, error) => expectErrors(createErrors(replicationcontrollers, object), error));

test('in its status no part is more than all', () => {
  expectErrors(
    statusErrors(replicationcontrollers, { spec: { template } }, { replicas: 1, readyReplicas: 2 }),
    'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
  );
});

test('scales by its labels, and prints them', () => {
  const object = created(replicationcontrollers, { spec: { template } });
  expect(replicationcontrollers.scale?.selector(object)).toEqual({ matchLabels: labels });
  expect(cellsOf(replicationcontrollers, object)).toMatchObject({
    Desired: 1,
    Current: 0,
    Ready: 0,
    Selector: 'app=web',
  });
});
