/** Requests and limits. Upstream: pkg/apis/core/validation (ValidateContainerResourceRequirements) */
import { type FieldError, field } from '../errors.ts';
import { compareQuantities } from '../quantity.ts';
import type { Container } from '../types.ts';
import { containerResourceNameErrors, mayOvercommit, quantityErrors } from './resource-names.ts';

type Resources = NonNullable<Container['resources']>;

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
      return !mayOvercommit(name) && order !== 0
        ? [field.invalid(`${path}.requests`, request, `must be equal to ${name} limit of ${limit}`)]
        : [];
    }),
  ];
}

const validateList = (path: string, list: Record<string, string> | undefined): FieldError[] =>
  Object.entries(list ?? {}).flatMap(([name, quantity]) => [
    ...containerResourceNameErrors(`${path}[${name}]`, name),
    ...quantityErrors(`${path}[${name}]`, name, quantity),
  ]);
