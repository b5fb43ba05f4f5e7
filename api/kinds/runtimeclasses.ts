/** RuntimeClass: which of a node's runtimes runs a pod. Upstream: pkg/apis/node/validation */
import { field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import { dns1123LabelErrors } from '../names.ts';
import type { RuntimeClass } from '../types.ts';
import { validateLabels } from '../validate-meta.ts';
import { unchanged } from '../validation/changes.ts';
import { validateTolerations } from '../validation/pod-spec.ts';
import { validateResources } from '../validation/resources.ts';
import { ageColumn, nameColumn } from './columns.ts';

export const runtimeclasses: Kind<RuntimeClass> = {
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  singular: 'runtimeclass',
  namespaced: false,
  schema: 'io.k8s.api.node.v1.RuntimeClass',
  createOnUpdate: true,
  versionedUpdate: true,
  inert: true,
  validate: ({ handler = '', overhead, scheduling }, old) => [
    ...dns1123LabelErrors(handler).map((why) => field.invalid('handler', handler, why)),
    ...validateResources('overhead', overhead && { limits: overhead.podFixed }),
    ...validateLabels(scheduling?.nodeSelector, 'scheduling.nodeSelector'),
    ...validateTolerations('scheduling.tolerations', scheduling?.tolerations),
    ...(old ? unchanged('handler', handler, old.handler) : []),
  ],
  columns: [
    nameColumn,
    {
      name: 'Handler',
      type: 'string',
      description: 'The runtime’s name on the nodes.',
      cell: ({ handler }) => handler ?? '',
    },
    ageColumn,
  ],
};
