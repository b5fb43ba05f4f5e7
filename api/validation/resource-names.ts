/**
 * Names of resources, and how much of them there can be: in containers, limit ranges and quotas.
 *
 * Upstream: pkg/apis/core/validation (validateResourceName, ValidateResourceQuantityValue), pkg/apis/core/helper
 */
import { type FieldError, field } from '../errors.ts';
import { qualifiedNameErrors } from '../names.ts';
import { compareQuantities, milliValue } from '../quantity.ts';

const ofContainers = ['cpu', 'memory', 'ephemeral-storage'];
/** Of pods together: by the resource's name alone its requests are meant. */
const compute = [...ofContainers, ...ofContainers.flatMap((name) => [`requests.${name}`, `limits.${name}`])];
/** Objects that are counted. */
const counts = [
  'configmaps',
  'persistentvolumeclaims',
  'pods',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'services',
  'services.loadbalancers',
  'services.nodeports',
];
const ofQuotas = [...compute, ...counts, 'requests.storage'];
const standard = [...ofQuotas, 'storage'];

const isHugePages = (name: string): boolean => name.startsWith('hugepages-');
const isHugePagesOfQuota = (name: string): boolean => isHugePages(name) || name.startsWith('requests.hugepages-');

/** Without a domain, or with Kubernetes' own. */
export const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');

const isExtended = (name: string): boolean =>
  !isNative(name) && !name.startsWith('requests.') && qualifiedNameErrors(`requests.${name}`).length === 0;

/** Whether limits may be more than requests, since not all is used at once. */
export const mayOvercommit = (name: string): boolean => isNative(name) && !isHugePages(name);

/** Any resource. */
export function resourceNameErrors(path: string, name: string): FieldError[] {
  const errors = qualifiedNameErrors(name).map((why) => field.invalid(path, name, why));
  if (errors.length > 0 || name.includes('/') || standard.includes(name) || isHugePagesOfQuota(name)) return errors;
  return [field.invalid(path, name, 'must be a standard resource type or fully qualified')];
}

/** A resource that a container can ask for. */
export function containerResourceNameErrors(path: string, name: string): FieldError[] {
  const errors = resourceNameErrors(path, name);
  if (!name.includes('/')) {
    if (ofContainers.includes(name) || isHugePages(name)) return errors;
    return [...errors, field.invalid(path, name, 'must be a standard resource for containers')];
  }
  if (isNative(name) || isExtended(name)) return errors;
  return [...errors, field.invalid(path, name, "doesn't follow extended resource name standard")];
}

/** Whether a quota can limit it under that name. */
export const isQuotaResource = (name: string): boolean => ofQuotas.includes(name) || isHugePagesOfQuota(name);

/** A resource that a quota can limit. */
export function quotaResourceNameErrors(path: string, name: string): FieldError[] {
  const errors = resourceNameErrors(path, name);
  if (name.includes('/') || isQuotaResource(name)) return errors;
  return [...errors, field.invalid(path, name, 'must be a standard resource for quota')];
}

/** Not negative, and whole where there are no parts. */
export function quantityErrors(path: string, name: string, quantity: string): FieldError[] {
  const whole = counts.includes(name) || isExtended(name);
  return [
    ...(compareQuantities(quantity, '0') < 0
      ? [field.invalid(path, quantity, 'must be greater than or equal to 0')]
      : []),
    ...(whole && milliValue(quantity) % 1000 !== 0 ? [field.invalid(path, quantity, 'must be an integer')] : []),
  ];
}

/** Something that cannot be empty. */
export const positiveQuantity = (path: string, quantity: string): FieldError[] =>
  compareQuantities(quantity, '0') <= 0 ? [field.invalid(path, quantity, 'must be greater than zero')] : [];
