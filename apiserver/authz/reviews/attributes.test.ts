import { expect, test } from 'vitest';
import type { ResourceAttributes } from '../../../api/types.ts';
import { questionOf } from './attributes.ts';

const pods = { verb: 'list', resource: 'pods', namespace: 'dev' };
const ignored = (name: string, partially = '') =>
  `spec.resourceAttributes.${name} ${partially}ignored due to parse error`;

test.each<[string, ResourceAttributes, { fieldSelector?: string; labelSelector?: string }, string[]]>([
  ['none', {}, { fieldSelector: '', labelSelector: '' }, []],
  ['as text', { fieldSelector: { rawSelector: 'a=b,c!=d' } }, { fieldSelector: 'a=b,c!=d' }, []],
  [
    'fields',
    {
      fieldSelector: {
        requirements: [
          { key: 'spec.nodeName', operator: 'In', values: ['n1'] },
          { key: 'x', operator: 'NotIn', values: ['a,b=c\\d'] },
        ],
      },
    },
    { fieldSelector: 'spec.nodeName=n1,x!=a\\,b\\=c\\\\d' },
    [],
  ],
  [
    'fields of several values',
    { fieldSelector: { requirements: [{ key: 'x', operator: 'In', values: ['a', 'b'] }] } },
    { fieldSelector: '' },
    [ignored('fieldSelector')],
  ],
  [
    'fields that must exist, beside one of a value',
    {
      fieldSelector: {
        requirements: [
          { key: 'x', operator: 'Exists' },
          { key: 'y', operator: 'In', values: ['z'] },
        ],
      },
    },
    { fieldSelector: 'y=z' },
    [ignored('fieldSelector', 'partially ')],
  ],
  [
    'labels',
    {
      labelSelector: {
        requirements: [
          { key: 'app', operator: 'In', values: ['b', 'a'] },
          { key: 'tier', operator: 'DoesNotExist' },
        ],
      },
    },
    { labelSelector: 'app in (a,b),!tier' },
    [],
  ],
  [
    'labels that there cannot be',
    { labelSelector: { requirements: [{ key: 'a b', operator: 'Exists' }] } },
    { labelSelector: '' },
    [ignored('labelSelector')],
  ],
  ['text that cannot be read', { labelSelector: { rawSelector: 'a in b' } }, {}, [ignored('labelSelector')]],
])('selectors: %s', (_, attributes, access, left) => {
  const question = questionOf({ resourceAttributes: { ...pods, ...attributes } });
  expect(question.access).toMatchObject({ ...pods, isResource: true, group: '', version: '*', name: '', ...access });
  expect(question.ignored).toEqual(left);
});

test('a URL', () => {
  expect(questionOf({ nonResourceAttributes: { path: '/metrics', verb: 'get' } })).toEqual({
    access: {
      isResource: false,
      path: '/metrics',
      verb: 'get',
      group: '',
      version: '',
      resource: '',
      subresource: '',
      namespace: '',
      name: '',
    },
    ignored: [],
  });
});
