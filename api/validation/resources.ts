/** Requests and limits. Upstream: pkg/apis/core/validation (ValidateContainerResourceRequirements) */
import { type FieldError, field } from '../errors.ts';
import { qualifiedNameErrors } from '../names.ts';
import { compareQuantities } from '../quantity.ts';
import type { Container } from '../types.ts';

type Resources = NonNullable<Container['resources']>;

/** Names without a domain that a container may ask for. */
const standard = ['cpu', 'memory', 'ephemeral-storage'];

/** Rules of a container's resources. */
export function validateResources(path: string, resources: Resources | undefined): FieldError[] {
  const limits = new Map(Object.entries(resources?.limits ?? {}));
  return [
    ...validateList(`${path}.limits`, resources?.limits),
    ...validateList(`${path}.requests`, resources?.requests),
    ...Object.entries(resources?.requests ?? {}).flatMap(([name, request]) => {
      const limit = limits.get(name);
      if (limit === undefined) return [];
      const order = compareQuantities(request, limit);
      if (order > 0) {
        return [field.invalid(`${path}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`)];
      }
      const extended = !standard.includes(name) && !name.startsWith('hugepages-');
      return extended && order !== 0
        ? [field.invalid(`${path}.requests`, request, `must be equal to ${name} limit of ${limit}`)]
        : [];
    }),
  ];
}

const validateList = (path: string, list: Record<string, string> | undefined): FieldError[] =>
  Object.entries(list ?? {}).flatMap(([name, quantity]) => [
    ...nameErrors(`${path}[${name}]`, name),
    ...(compareQuantities(quantity, '0') < 0
      ? [field.invalid(`${path}[${name}]`, quantity, 'must be greater than or equal to 0')]
      : []),
  ]);

function nameErrors(path: string, name: string): FieldError[] {
  const errors = qualifiedNameErrors(name).map((why) => field.invalid(path, name, why));
  if (errors.length > 0 || name.includes('/') || standard.includes(name) || name.startsWith('hugepages-'))
    return errors;
  return [
    field.invalid(path, name, 'must be a standard resource type or fully qualified'),
    field.invalid(path, name, 'must be a standard resource for containers'),
  ];
}
