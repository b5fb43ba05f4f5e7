/**
 * ComponentStatus: how a part of the control plane is, found out when asked. Deprecated since Kubernetes 1.19.
 * Upstream: pkg/registry/core/componentstatus, pkg/printers/internalversion (printComponentStatus)
 */
import type { Kind } from '../kind.ts';
import { conditionOf } from '../meta.ts';
import type { ComponentStatus } from '../types.ts';
import { nameColumn } from './columns.ts';

const words: Record<string, string> = { True: 'Healthy', False: 'Unhealthy' };
const health = ({ conditions }: ComponentStatus) => conditionOf(conditions, 'Healthy');

export const componentstatuses: Kind<ComponentStatus> = {
  group: '',
  version: 'v1',
  kind: 'ComponentStatus',
  plural: 'componentstatuses',
  singular: 'componentstatus',
  namespaced: false,
  schema: 'io.k8s.api.core.v1.ComponentStatus',
  shortNames: ['cs'],
  deprecation: 'v1 ComponentStatus is deprecated in v1.19+',
  // Found out when asked: nothing is there to be created, changed, watched or deleted.
  unstored: { verbs: ['get', 'list'] },
  columns: [
    nameColumn,
    {
      name: 'Status',
      type: 'string',
      description: 'Whether it is well.',
      cell: (component) => words[health(component)?.status ?? ''] ?? 'Unknown',
    },
    {
      name: 'Message',
      type: 'string',
      description: 'What it said.',
      cell: (component) => health(component)?.message ?? '',
    },
    {
      name: 'Error',
      type: 'string',
      description: 'Why it did not.',
      cell: (component) => health(component)?.error ?? '',
    },
  ],
};
