/**
 * Namespace: a scope for names. Deleting one empties it first: the finalizer `kubernetes` in its spec is taken away through
 * `/finalize` by the controller that does so.
 * Upstream: pkg/registry/core/namespace/strategy.go
 */
import { field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import type { Namespace } from '../types.ts';
import { ageColumn, nameColumn } from './columns.ts';

export const namespaces: Kind<Namespace> = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  singular: 'namespace',
  namespaced: false,
  schema: 'io.k8s.api.core.v1.Namespace',
  shortNames: ['ns'],
  nameRule: 'dns-label',
  status: true,
  generation: false,
  // Each takes everything in it along, so Kubernetes deletes them one at a time only.
  deleteCollection: false,
  subresources: { finalize: { kind: 'Namespace', verbs: ['update'] } },
  setDefaults: ({ metadata }) => {
    // So that selectors can name a namespace.
    if (metadata.name) metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
  },
  strategy: {
    prepareForCreate: (namespace) => {
      namespace.status = { phase: 'Active' };
      const finalizers = namespace.spec?.finalizers ?? [];
      if (!finalizers.includes('kubernetes'))
        namespace.spec = { ...namespace.spec, finalizers: [...finalizers, 'kubernetes'] };
    },
    prepareForUpdate: (namespace, old) => {
      namespace.spec = { ...namespace.spec, finalizers: old.spec?.finalizers };
      namespace.status = old.status;
    },
    prepareForStatusUpdate: (namespace, old) => {
      namespace.status = { ...namespace.status, phase: namespace.status?.phase ?? old.status?.phase };
    },
    prepareForDelete: (namespace) => {
      namespace.status = { ...namespace.status, phase: 'Terminating' };
    },
  },
  validateStatus: ({ metadata, status }) => {
    const wanted = metadata.deletionTimestamp ? 'Terminating' : 'Active';
    if (status?.phase === wanted) return [];
    const when = metadata.deletionTimestamp ? 'not empty' : 'empty';
    const why = `may only be '${wanted}' if \`deletionTimestamp\` is ${when}`;
    return [field.invalid('status.Phase', status?.phase ?? '', why)];
  },
  finalizers: (namespace) => namespace.spec?.finalizers ?? [],
  fieldSelectors: { 'status.phase': (namespace) => namespace.status?.phase ?? '' },
  columns: [
    nameColumn,
    {
      name: 'Status',
      type: 'string',
      description: 'Active, or Terminating while it is being emptied.',
      cell: (namespace) => namespace.status?.phase ?? '',
    },
    ageColumn,
  ],
};
