/** References to an object of any kind in the same scope. Upstream: pkg/apis/networking/validation */
import { type FieldError, field } from '../errors.ts';
import { dns1123SubdomainErrors, pathSegmentErrors } from '../names.ts';
import { checkName } from './checks.ts';

interface Reference {
  apiGroup?: string;
  kind: string;
  name: string;
}

/** Kind and name, which can stand in a path. */
export const validateReference = (path: string, { apiGroup, kind, name }: Reference): FieldError[] => [
  ...checkName(`${path}.apiGroup`, apiGroup, dns1123SubdomainErrors),
  ...(kind ? checkName(`${path}.kind`, kind, pathSegmentErrors) : [field.required(`${path}.kind`, 'kind is required')]),
  ...(name ? checkName(`${path}.name`, name, pathSegmentErrors) : [field.required(`${path}.name`, 'name is required')]),
];
