import { expect, test } from 'vitest';
import { daemonsets } from './daemonsets.ts';
import { cellsOf, created, createErrors, expectErrors, statusErrors, updated, updateErrors } from './writes.fixture.ts';

const labels = { app: 'agent' };
const template = { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'i:1' }] } };
const set = (spec: object = {}) => ({ spec: { selector: { matchLabels: labels }, template, ...spec } });
const rolling = (rollingUpdate: object) => set({ updateStrategy: { rollingUpdate } });
const generation = 'deprecated.daemonset.template.generation';

test('gets defaults', () => {
  expect(created(daemonsets, set())).toMatchObject({
    metadata: { annotations: { [generation]: '1' } },
    spec: {
      revisionHistoryLimit: 10,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
    },
    status: { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 },
  });
});

test('counts its templates, whatever the annotation says', () => {
  const old = created(daemonsets, set());
  const annotated = { metadata: { annotations: { [generation]: '7', a: 'b' } } };
  expect(updated(daemonsets, { ...set({ minReadySeconds: 1 }), ...annotated }, old).metadata.annotations).toEqual({
    [generation]: '1',
    a: 'b',
  });
  const other = { ...template, spec: { containers: [{ name: 'a', image: 'i:2' }] } };
  expect(updated(daemonsets, set({ template: other }), old).metadata.annotations).toEqual({ [generation]: '2' });
});

test.each<[object, string | undefined]>([
  [set(), undefined],
  [rolling({ maxUnavailable: 0, maxSurge: '10%' }), undefined],
  [set({ updateStrategy: { type: 'OnDelete' } }), undefined],
  [{}, 'spec.selector: Required value'],
  [set({ selector: {} }), 'spec.selector: Invalid value: {}: empty selector is invalid for daemonset'],
  [
    set({ selector: { matchLabels: { app: 'x' } } }),
    'spec.template.metadata.labels: Invalid value: {"app":"agent"}: `selector` does not match template `labels`',
  ],
  [
    set({ updateStrategy: { type: 'Odd' } }),
    'spec.updateStrategy: Unsupported value: {"type":"Odd"}: supported values: "OnDelete", "RollingUpdate"',
  ],
  [
    rolling({ maxUnavailable: 1, maxSurge: 1 }),
    'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero',
  ],
  [
    rolling({ maxUnavailable: 0 }),
    'spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0',
  ],
  [rolling({ maxUnavailable: '101%' }), 'Invalid value: "101%": must not be greater than 100%'],
  [rolling({ maxUnavailable: 'some' }), 'Invalid value: "some": a valid percent string must be a numeric string'],
  [
    set({ template: { ...template, spec: { ...template.spec, activeDeadlineSeconds: 5 } } }),
    'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported',
  ],
  [
    set({ template: { metadata: { labels }, spec: { containers: [] } } }),
    'spec.template.spec.containers: Required value',
  ],
])('%# %j: %s', (object, error) => expectErrors(createErrors(daemonsets, object), error));

test('its selector stays', () => {
  const selector = { matchLabels: { app: 'x' } };
  expectErrors(
    updateErrors(daemonsets, set(), set({ selector })),
    'spec.selector: Invalid value: {"matchLabels":{"app":"x"}}: field is immutable',
  );
});

test('no number in its status is negative', () => {
  expectErrors(statusErrors(daemonsets, set(), { numberReady: -1 }), 'status.numberReady: Invalid value: -1: must be');
});

test('prints', () => {
  const status = { desiredNumberScheduled: 3, currentNumberScheduled: 2, numberReady: 1 };
  const object = { ...set({ template: { spec: { nodeSelector: { disk: 'ssd' }, containers: [] } } }), status };
  expect(cellsOf(daemonsets, object)).toMatchObject({
    Desired: 3,
    Current: 2,
    Ready: 1,
    'Up-to-date': 0,
    'Node Selector': 'disk=ssd',
    Selector: 'app=agent',
  });
});
