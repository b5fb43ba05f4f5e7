/** ConfigMap: settings as keys and values. Upstream: pkg/apis/core/validation (ValidateConfigMap) */
import { field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import type { ConfigMap } from '../types.ts';
import { immutableErrors, keyErrors, maxDataBytes } from '../validation/keyed-data.ts';
import { ageColumn, nameColumn } from './columns.ts';

export const configmaps: Kind<ConfigMap> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  singular: 'configmap',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ConfigMap',
  shortNames: ['cm'],
  validate: (configMap, old) => {
    const { data = {}, binaryData = {} } = configMap;
    const texts = Object.values(data).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    const bytes = Object.values(binaryData).reduce((sum, text) => sum + Buffer.byteLength(text, 'base64'), 0);
    return [
      ...keyErrors('data', data),
      ...Object.keys(data)
        .filter((key) => Object.hasOwn(binaryData, key))
        .map((key) => field.invalid(`data[${key}]`, key, 'duplicate of key present in binaryData')),
      ...keyErrors('binaryData', binaryData),
      ...(texts + bytes > maxDataBytes ? [field.tooLong('[]', maxDataBytes)] : []),
      ...(old ? immutableErrors(configMap, old, ['data', 'binaryData']) : []),
    ];
  },
  columns: [
    nameColumn,
    {
      name: 'Data',
      type: 'integer',
      description: 'Number of keys, text and binary together.',
      cell: ({ data, binaryData }) => Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length,
    },
    ageColumn,
  ],
};
