/**
 * APIService: which server answers for a group version. Those of this server are local.
 * Upstream: kube-aggregator/pkg/registry/apiservice, kube-aggregator/pkg/apis/apiregistration/validation
 */
import { type FieldError, field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import { conditionOf } from '../meta.ts';
import { dns1035LabelErrors, dns1123SubdomainErrors } from '../names.ts';
import type { APIService } from '../types.ts';
import { checkName, each, oneOf, required } from '../validation/checks.ts';
import { ageColumn, nameColumn } from './columns.ts';

type Spec = NonNullable<APIService['spec']>;

const maxGroupPriority = 20000;
const maxVersionPriority = 1000;

export const apiservices: Kind<APIService> = {
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  singular: 'apiservice',
  namespaced: false,
  schema: 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService',
  categories: ['api-extensions'],
  // `v1.` is the name of the core group's.
  nameRule: 'path-segment',
  generation: false,
  versionedUpdate: true,
  status: true,
  setDefaults: ({ spec }) => {
    if (spec?.service) spec.service.port ??= 443;
  },
  validate: ({ metadata, spec = {} as Spec }) => [
    ...nameErrors(metadata.name ?? '', spec),
    ...(spec.group || spec.version === 'v1'
      ? []
      : [field.required('spec.group', 'only v1 may have an empty group and it better be legacy kube')]),
    ...checkName('spec.group', spec.group, dns1123SubdomainErrors),
    ...dns1035LabelErrors(spec.version ?? '').map((why) => field.invalid('spec.version', spec.version ?? '', why)),
    ...priority('spec.groupPriorityMinimum', spec.groupPriorityMinimum, maxGroupPriority),
    ...priority('spec.versionPriority', spec.versionPriority, maxVersionPriority),
    ...validateServer(spec),
  ],
  validateStatus: ({ status }) =>
    each('status.conditions', status?.conditions, (path, condition) =>
      oneOf(`${path}.status`, condition.status ?? '', ['False', 'True', 'Unknown']),
    ),
  strategy: {
    prepareForCreate: (service, { now }) => {
      service.status = {};
      if (service.spec && !service.spec.service) service.status.conditions = [localCondition(now)];
    },
    prepareForUpdate: (service, old) => {
      service.status = old.status;
    },
  },
  columns: [
    nameColumn,
    { name: 'Service', type: 'string', description: 'The Service behind it, or this server.', cell: server },
    { name: 'Available', type: 'string', description: 'Whether it can be asked.', cell: available },
    ageColumn,
  ],
};

const localCondition = (now: string) => ({
  type: 'Available',
  status: 'True',
  reason: 'Local',
  message: 'Local APIServices are always available',
  lastTransitionTime: now,
});

function nameErrors(name: string, { group = '', version = '' }: Spec): FieldError[] {
  const wanted = `${version}.${group}`;
  if (name === wanted) return [];
  return [field.invalid('metadata.name', name, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`)];
}

const priority = (path: string, value = 0, max: number): FieldError[] =>
  value <= 0 || value > max ? [field.invalid(path, value, `must be positive and less than ${max}`)] : [];

function validateServer({ service, caBundle, insecureSkipTLSVerify }: Spec): FieldError[] {
  const insecure = 'spec.insecureSkipTLSVerify';
  const bytes = Buffer.byteLength(caBundle ?? '', 'base64');
  if (!service) {
    return [
      ...(caBundle
        ? [field.invalid('spec.caBundle', `${bytes} bytes`, 'local APIServices may not have a caBundle')]
        : []),
      ...(insecureSkipTLSVerify
        ? [field.invalid(insecure, true, 'local APIServices may not have insecureSkipTLSVerify')]
        : []),
    ];
  }
  return [
    ...required('spec.service.namespace', service.namespace),
    ...required('spec.service.name', service.name),
    ...(insecureSkipTLSVerify && caBundle
      ? [field.invalid(insecure, true, 'may not be true if caBundle is present')]
      : []),
  ];
}

function server({ spec }: APIService): string {
  return spec?.service ? `${spec.service.namespace ?? ''}/${spec.service.name ?? ''}` : 'Local';
}

/** `True`, or `False (ServiceNotFound)`. */
function available({ status }: APIService): string {
  const condition = conditionOf(status?.conditions, 'Available');
  if (!condition) return 'Unknown';
  return condition.status === 'True' || !condition.reason
    ? condition.status
    : `${condition.status} (${condition.reason})`;
}
