/** ControllerRevision: an earlier template of a workload. Upstream: pkg/registry/apps/controllerrevision, pkg/apis/apps */
import { field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import { controllerOf } from '../meta.ts';
import type { ControllerRevision } from '../types.ts';
import { unchanged } from '../validation/changes.ts';
import { nonNegative } from '../validation/checks.ts';
import { ageColumn, nameColumn } from './columns.ts';

export const controllerrevisions: Kind<ControllerRevision> = {
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  singular: 'controllerrevision',
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.ControllerRevision',
  inert: true,
  setDefaults: (history) => {
    history.revision ??= 0;
  },
  validate: ({ data, revision }, old) => [
    ...((data ?? null) === null ? [field.required('data', 'data is mandatory')] : []),
    ...nonNegative('revision', revision),
    ...(old ? unchanged('data', data, old.data) : []),
  ],
  columns: [
    nameColumn,
    { name: 'Controller', type: 'string', description: 'What it is a revision of.', cell: formatController },
    { name: 'Revision', type: 'string', description: 'Its number; a newer one has a higher.', cell: (h) => h.revision },
    ageColumn,
  ],
};

/** `statefulset.apps/web` */
function formatController(history: ControllerRevision): string {
  const owner = controllerOf(history);
  if (!owner) return '<none>';
  const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : '';
  return `${owner.kind}${group}`.toLowerCase().concat(`/${owner.name}`);
}
