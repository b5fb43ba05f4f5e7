/** Selectors of nodes. Upstream: pkg/apis/core/validation (ValidateNodeSelector) */
import { type FieldError, field } from '../errors.ts';
import { labelKeyErrors } from '../names.ts';
import type { NodeSelector } from '../types.ts';
import { each } from './checks.ts';

type Term = NodeSelector['nodeSelectorTerms'][number];
type Requirement = NonNullable<Term['matchExpressions']>[number];

/** At least one term, of requirements that can be met. */
export function validateNodeSelector(path: string, { nodeSelectorTerms: terms }: NodeSelector): FieldError[] {
  const at = `${path}.nodeSelectorTerms`;
  if ((terms ?? []).length === 0) return [field.required(at, 'must have at least one node selector term')];
  return each(at, terms, validateNodeSelectorTerm);
}

/** One term: requirements of the node's labels, and of its fields. */
export const validateNodeSelectorTerm = (
  path: string,
  { matchExpressions, matchFields }: Partial<Term>,
): FieldError[] => [
  ...each(`${path}.matchExpressions`, matchExpressions, validateRequirement),
  ...each(`${path}.matchFields`, matchFields, validateFieldRequirement),
];

function validateRequirement(path: string, { key, operator, values = [] }: Requirement): FieldError[] {
  return [
    ...operatorErrors(path, operator, values),
    ...labelKeyErrors(key).map((why) => field.invalid(`${path}.key`, key, why)),
  ];
}

function operatorErrors(path: string, operator: string, values: string[]): FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length > 0) return [];
      return [field.required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
    case 'Exists':
    case 'DoesNotExist':
      if (values.length === 0) return [];
      return [field.forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    case 'Gt':
    case 'Lt':
      if (values.length === 1) return [];
      return [field.required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
    default:
      return [field.invalid(`${path}.operator`, operator, 'not a valid selector operator')];
  }
}

function validateFieldRequirement(path: string, { key, operator, values = [] }: Requirement): FieldError[] {
  const errors: FieldError[] = [];
  if (operator !== 'In' && operator !== 'NotIn') {
    errors.push(field.invalid(`${path}.operator`, operator, 'not a valid selector operator'));
  } else if (values.length !== 1) {
    const why = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    errors.push(field.required(`${path}.values`, why));
  }
  if (key !== 'metadata.name') errors.push(field.invalid(`${path}.key`, key, 'not a valid field selector key'));
  return errors;
}
