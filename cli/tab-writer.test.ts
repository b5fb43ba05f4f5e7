import { expect, test } from 'vitest';
import { alignTabs } from './tab-writer.ts';

test('cells line up within a block, and a line without the cell ends it', () => {
  const text = [
    'Name:\tweb',
    'Node-Selectors:\t<none>',
    'Containers:',
    '  web:',
    '    Image:\tbusybox',
    '    Container ID:\tx',
  ];
  expect(alignTabs(text.join('\n')).split('\n')).toEqual([
    'Name:            web',
    'Node-Selectors:  <none>',
    'Containers:',
    '  web:',
    '    Image:         busybox',
    '    Container ID:  x',
  ]);
});

test('columns to the right line up too', () => {
  expect(alignTabs('Type\tReason\tAge\n----\t------\t---\nNormal\tScheduled\t5s')).toBe(
    'Type    Reason     Age\n----    ------     ---\nNormal  Scheduled  5s',
  );
});
