/** What a ValidatingAdmissionPolicy checks and notes. Upstream: pkg/apis/admissionregistration/validation */
import type { AdmissionScope } from '../cel/admission-environment.ts';
import { type FieldError, field } from '../errors.ts';
import { qualifiedNameErrors } from '../names.ts';
import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../types.ts';
import { checkExpression, checkVariables } from './admission-expressions.ts';
import { validatePolicy } from './admission-policy.ts';
import { duplicates, each, oneOf } from './checks.ts';
import { validateConditions } from './conditions.ts';

type Spec = NonNullable<ValidatingAdmissionPolicy['spec']>;
type Status = NonNullable<ValidatingAdmissionPolicy['status']>;
type Validation = NonNullable<Spec['validations']>[number];
type AuditAnnotation = NonNullable<Spec['auditAnnotations']>[number];
type Actions = ValidatingAdmissionPolicyBinding['spec']['validationActions'];

const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized'];
const maxAuditAnnotations = 20;
const maxValueExpressionBytes = 5 * 1024;

/** The policy of that name. */
export function validateValidatingPolicy(path: string, spec: Spec, name: string): FieldError[] {
  const { validations = [], auditAnnotations = [] } = spec;
  const { scope, errors } = checkVariables(`${path}.variables`, spec.variables, spec.paramKind !== undefined);
  const why = 'validations or auditAnnotations must contain at least one item';
  return [
    ...validatePolicy(path, spec),
    ...errors,
    ...(validations.length + auditAnnotations.length === 0
      ? [field.required(`${path}.validations`, why), field.required(`${path}.auditAnnotations`, why)]
      : []),
    ...each(`${path}.validations`, validations, (at, validation) => validateValidation(at, validation, scope)),
    ...validateAuditAnnotations(`${path}.auditAnnotations`, auditAnnotations, scope, name),
  ];
}

function validateValidation(path: string, validation: Validation, scope: AdmissionScope): FieldError[] {
  const { expression = '', message = '', messageExpression = '', reason } = validation;
  return [
    ...(expression.trim()
      ? checkExpression(`${path}.expression`, expression, scope, ['bool']).errors
      : [field.required(`${path}.expression`, 'expression is not specified')]),
    ...(messageExpression && !messageExpression.trim()
      ? [field.invalid(`${path}.messageExpression`, messageExpression, 'must be non-empty if specified')]
      : []),
    ...(messageExpression.trim()
      ? checkExpression(`${path}.messageExpression`, messageExpression, { ...scope, authorizer: false }, ['string'])
          .errors
      : []),
    ...(message && !message.trim()
      ? [field.invalid(`${path}.message`, message, 'message must be non-empty if specified')]
      : []),
    ...(/[\r\n]/.test(message.trim())
      ? [field.invalid(`${path}.message`, message, 'message must not contain line breaks')]
      : []),
    ...oneOf(`${path}.reason`, reason, reasons),
  ];
}

function validateAuditAnnotations(
  path: string,
  annotations: readonly AuditAnnotation[],
  scope: AdmissionScope,
  name: string,
): FieldError[] {
  const tooMany = annotations.length > maxAuditAnnotations;
  return [
    ...(tooMany
      ? [field.invalid(path, annotations, `must not have more than ${maxAuditAnnotations} auditAnnotations`)]
      : []),
    ...each(path, annotations, (at, { key = '', valueExpression = '' }) => [
      ...qualifiedNameErrors(`${name}/${key}`).map((why) => field.invalid(`${at}.key`, `${name}/${key}`, why)),
      ...validateValueExpression(`${at}.valueExpression`, valueExpression, scope),
    ]),
    ...duplicates(path, annotations, 'key', ({ key }) => key),
  ];
}

function validateValueExpression(path: string, expression: string, scope: AdmissionScope): FieldError[] {
  if (!expression.trim()) return [field.required(path, 'valueExpression is not specified')];
  if (Buffer.byteLength(expression.trim()) > maxValueExpressionBytes) {
    return [field.required(path, `must not exceed ${maxValueExpressionBytes} bytes in length`)];
  }
  return checkExpression(path, expression, scope, ['string', 'null']).errors;
}

/** What becomes of a request that does not pass. */
export function validateActions(path: string, actions: Actions = []): FieldError[] {
  const twice =
    'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
  return [
    ...each(path, actions, (at, action) => oneOf(at, action, ['Audit', 'Deny', 'Warn'])),
    ...duplicates(path, actions, '', (action) => action),
    ...(actions.includes('Deny') && actions.includes('Warn') ? [field.invalid(path, actions, twice)] : []),
    ...(actions.length === 0 ? [field.required(path, 'at least one validation action is required')] : []),
  ];
}

/** What was found out about the policy. */
export const validatePolicyStatus = (path: string, { typeChecking, conditions }: Status): FieldError[] => [
  ...each(`${path}.typeChecking.expressionWarnings`, typeChecking?.expressionWarnings, (at, { warning, fieldRef }) => [
    ...(warning ? [] : [field.required(`${at}.warning`)]),
    ...(fieldRef?.trim() ? [] : [field.required(`${at}.fieldRef`)]),
  ]),
  ...validateConditions(`${path}.conditions`, conditions),
];
