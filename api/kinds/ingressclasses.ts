/** IngressClass: who acts on Ingresses of its name. Upstream: pkg/apis/networking (v1 defaults, ValidateIngressClass) */
import { type FieldError, field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import { dns1123LabelErrors } from '../names.ts';
import type { IngressClass } from '../types.ts';
import { unchanged } from '../validation/changes.ts';
import { checkName, oneOf } from '../validation/checks.ts';
import { requireDomainPrefixedPath } from '../validation/domain-prefixed-path.ts';
import { validateReference } from '../validation/object-reference.ts';
import { ageColumn, nameColumn } from './columns.ts';

type Parameters = NonNullable<NonNullable<IngressClass['spec']>['parameters']>;

const maxController = 250;

export const ingressclasses: Kind<IngressClass> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  singular: 'ingressclass',
  namespaced: false,
  schema: 'io.k8s.api.networking.v1.IngressClass',
  inert: true,
  setDefaults: ({ spec }) => {
    if (spec?.parameters) spec.parameters.scope ??= 'Cluster';
  },
  validate: ({ spec = {} }, old) => [
    ...((spec.controller ?? '').length > maxController ? [field.tooLong('spec.controller', maxController)] : []),
    ...requireDomainPrefixedPath('spec.controller', spec.controller),
    ...(spec.parameters ? validateParameters('spec.parameters', spec.parameters) : []),
    ...(old ? unchanged('spec.controller', spec.controller, old.spec?.controller) : []),
  ],
  columns: [
    nameColumn,
    {
      name: 'Controller',
      type: 'string',
      description: 'Who acts on Ingresses of this class.',
      cell: ({ spec }) => spec?.controller ?? '',
    },
    {
      name: 'Parameters',
      type: 'string',
      description: 'An object with settings for it.',
      cell: ({ spec }) => formatParameters(spec?.parameters),
    },
    ageColumn,
  ],
};

function formatParameters(parameters: Parameters | undefined): string {
  if (!parameters) return '<none>';
  const { apiGroup, kind, name } = parameters;
  return `${kind}${apiGroup === undefined ? '' : `.${apiGroup}`}/${name}`;
}

function validateParameters(path: string, parameters: Parameters): FieldError[] {
  const { scope, namespace } = parameters;
  const at = `${path}.namespace`;
  return [
    ...validateReference(path, parameters),
    ...oneOf(`${path}.scope`, scope, ['Cluster', 'Namespace']),
    ...(scope === 'Namespace' && namespace === undefined
      ? [field.required(at, "`parameters.scope` is set to 'Namespace'")]
      : []),
    ...(scope === 'Namespace' ? checkName(at, namespace, dns1123LabelErrors) : []),
    ...(scope === 'Cluster' && namespace !== undefined
      ? [field.forbidden(at, "`parameters.scope` is set to 'Cluster'")]
      : []),
  ];
}
