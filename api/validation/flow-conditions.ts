/** Conditions of flow schemas and priority levels. Upstream: pkg/apis/flowcontrol/validation */
import { type FieldError, field } from '../errors.ts';
import { duplicates, each } from './checks.ts';

/** Each has a type, of its own. */
export const validateFlowConditions = (path: string, conditions: readonly { type?: string }[] = []): FieldError[] => [
  ...duplicates(path, conditions, 'type', ({ type }) => type),
  ...each(path, conditions, (at, { type }) => (type ? [] : [field.required(`${at}.type`, 'must not be empty')])),
];
