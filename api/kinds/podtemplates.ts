/** PodTemplate: what pods could be made of, by itself. Upstream: pkg/registry/core/podtemplate/strategy.go */
import { setPodSpecDefaults } from '../defaults/pod-spec.ts';
import type { Kind } from '../kind.ts';
import type { PodTemplate } from '../types.ts';
import { validateTemplate } from '../validation/workload.ts';
import { containerColumns, formatLabels, nameColumn } from './columns.ts';

export const podtemplates: Kind<PodTemplate> = {
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  singular: 'podtemplate',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.PodTemplate',
  generation: 'template',
  setDefaults: ({ template }) => {
    if (template?.spec) setPodSpecDefaults(template.spec);
  },
  validate: ({ template }) => validateTemplate('template', template ?? {}),
  columns: [
    nameColumn,
    ...containerColumns<PodTemplate>(({ template }) => template?.spec?.containers).map(
      ({ priority: _, ...column }) => column,
    ),
    {
      name: 'Pod Labels',
      type: 'string',
      description: 'Labels of the pods that are made of it.',
      cell: ({ template }) => formatLabels(template?.metadata?.labels),
    },
  ],
};
