/** DeviceClass: a name for devices that match selectors, and their settings. Upstream: pkg/registry/resource/deviceclass */
import type { Kind } from '../kind.ts';
import type { DeviceClass } from '../types.ts';
import { each } from '../validation/checks.ts';
import { atMost, maxItems, validateConfiguration, validateSelectors } from '../validation/devices.ts';
import { containerResourceNameErrors } from '../validation/resource-names.ts';
import { ageColumn, nameColumn } from './columns.ts';

export const deviceclasses: Kind<DeviceClass> = {
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'DeviceClass',
  plural: 'deviceclasses',
  singular: 'deviceclass',
  namespaced: false,
  schema: 'io.k8s.api.resource.v1.DeviceClass',
  inert: true,
  validate: ({ spec }) => [
    ...validateSelectors('spec.selectors', spec?.selectors),
    ...each('spec.config', spec?.config, validateConfiguration),
    ...atMost('spec.config', spec?.config, maxItems),
    ...(spec?.extendedResourceName
      ? containerResourceNameErrors('spec.extendedResourceName', spec.extendedResourceName)
      : []),
  ],
  columns: [nameColumn, ageColumn],
};
