import { describe, expect, test } from 'vitest';
import { lastApplied, lastAppliedAnnotation, patchFor, withLastApplied } from './apply.ts';

const configMap = (data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'default' },
  data,
});

test('the annotation holds the manifest without itself', () => {
  const once = withLastApplied(configMap({ b: '<1>', a: '2' }));
  expect(once.metadata).toMatchObject({
    annotations: {
      [lastAppliedAnnotation]:
        '{"apiVersion":"v1","data":{"a":"2","b":"\\u003c1\\u003e"},"kind":"ConfigMap","metadata":{"annotations":{},"name":"a","namespace":"default"}}\n',
    },
  });
  expect(withLastApplied(once)).toEqual(once);
  expect(lastApplied(once)).toMatchObject({ data: { a: '2' } });
});

describe('patchFor', () => {
  const live = { ...withLastApplied(configMap({ gone: '1', kept: '2' })) };
  const changedByOthers = { ...live, data: { ...live.data, theirs: '3' } };

  test('nothing to do', () => expect(patchFor(configMap({ gone: '1', kept: '2' }), changedByOthers)).toBeUndefined());

  test('removes what left the manifest, and leaves what others set', () => {
    expect(patchFor(configMap({ kept: '9' }), changedByOthers)).toMatchObject({
      type: 'strategic',
      body: { data: { gone: null, kept: '9' } },
    });
  });

  test('a kind that is not built in is patched as plain JSON', () => {
    const manifest = { apiVersion: 'x/v1', kind: 'Foo', metadata: { name: 'f' }, spec: { list: [1] } };
    const stored = withLastApplied({ ...manifest, spec: { list: [1, 2] } });
    expect(patchFor(manifest, stored)).toMatchObject({ type: 'merge', body: { spec: { list: [1] } } });
  });
});
