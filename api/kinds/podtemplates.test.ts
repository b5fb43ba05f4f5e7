import { expect, test } from 'vitest';
import { podtemplates } from './podtemplates.ts';
import { cellsOf, created, createErrors } from './writes.fixture.ts';

const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'i:1' }] } };

test('has defaults, rules and columns of a pod', () => {
  expect(created(podtemplates, { template })).toMatchObject({ template: { spec: { restartPolicy: 'Always' } } });
  expect(createErrors(podtemplates, { template })).toEqual([]);
  expect(createErrors(podtemplates, {})).toEqual(['template.spec.containers: Required value']);
  expect(cellsOf(podtemplates, { template })).toEqual({
    Name: 'a',
    Containers: 'a',
    Images: 'i:1',
    'Pod Labels': 'a=b',
  });
});
