import { expect, test } from 'vitest';
import { negotiate } from './negotiate.ts';

test.each<[string | undefined, string]>([
  [undefined, 'json object v1'],
  ['', 'json object v1'],
  ['*/*', 'json object v1'],
  ['application/json', 'json object v1'],
  ['application/json;stream=watch', 'json object v1'],
  ['application/yaml', 'yaml object v1'],
  ['application/vnd.kubernetes.protobuf, */*', 'json object v1'],
  [
    'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json',
    'json Table v1',
  ],
  ['application/json;as=Table;v=v1beta1;g=meta.k8s.io', 'json Table v1beta1'],
  ['application/json;as=Table;v=v9;g=meta.k8s.io,application/json', 'json object v1'],
  ['application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io', 'json PartialObjectMetadataList v1'],
])('%s', (accept, expected) => {
  const { serialization, as, version } = negotiate(accept);
  expect(`${serialization} ${as} ${version}`).toBe(expected);
});

test.each(['text/html', 'application/vnd.kubernetes.protobuf', 'application/json;as=Nonsense'])(
  '%s is not acceptable',
  (accept) => {
    expect(() => negotiate(accept)).toThrow(
      'only the following media types are accepted: application/json, application/yaml',
    );
  },
);
