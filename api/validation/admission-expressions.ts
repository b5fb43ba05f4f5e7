/**
 * The CEL expressions of admission webhooks and policies: whether they compile.
 *
 * Upstream: pkg/apis/admissionregistration/validation (validateMatchCondition, validateVariable)
 */
import { type AdmissionScope, admissionEnvironment } from '../cel/admission-environment.ts';
import { CompileError, typeOf } from '../cel/compile.ts';
import { celTypeName } from '../cel/issues.ts';
import { type FieldError, field } from '../errors.ts';
import { qualifiedNameErrors } from '../names.ts';
import { duplicates, each, requireName } from './checks.ts';

const maxMatchConditions = 64;

interface Checked {
  /** Of the result; `dyn` when it is not known. */
  type: string;
  errors: FieldError[];
}

/** Compiles an expression whose result must be of one of the types, if there are some. */
export function checkExpression(
  path: string,
  expression: string,
  scope: AdmissionScope,
  wanted: readonly string[] = [],
): Checked {
  const wrong = (why: string): Checked => ({ type: 'dyn', errors: [field.invalid(path, expression, why)] });
  try {
    const type = typeOf(admissionEnvironment(scope, expression), expression);
    if (wanted.length === 0 || wanted.includes(type)) return { type, errors: [] };
    const [only, ...more] = wanted.map(celTypeName);
    return wrong(
      more.length > 0
        ? `must evaluate to one of [${[only, ...more].join(' ')}]`
        : `must evaluate to ${only} but got ${celTypeName(type)}`,
    );
  } catch (error) {
    if (error instanceof CompileError) return wrong(error.message);
    throw error;
  }
}

interface Named {
  name: string;
  expression: string;
}

/** Conditions that a request must meet before a webhook or a policy is asked. They see no variables. */
export function validateMatchConditions(
  path: string,
  conditions: readonly Named[] = [],
  params: boolean,
): FieldError[] {
  const scope = { params, authorizer: true, variables: new Map<string, string>() };
  return [
    ...(conditions.length > maxMatchConditions ? [field.tooMany(path, conditions.length, maxMatchConditions)] : []),
    ...each(path, conditions, (at, { name, expression }) => [
      ...(expression?.trim()
        ? checkExpression(`${at}.expression`, expression.trim(), scope, ['bool']).errors
        : [field.required(`${at}.expression`)]),
      ...requireName(`${at}.name`, name, qualifiedNameErrors),
    ]),
    ...duplicates(path, conditions, 'name', ({ name }) => name),
  ];
}

const identifier = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const reserved = new Set([
  ...[
    'true',
    'false',
    'null',
    'in',
    'as',
    'break',
    'const',
    'continue',
    'else',
    'for',
    'function',
    'if',
    'import',
    'let',
  ],
  ...['loop', 'package', 'namespace', 'return', 'var', 'void', 'while'],
]);

/** Variables, each of which may read those before it. What comes after may read them all, in the scope that is returned. */
export function checkVariables(
  path: string,
  variables: readonly Named[] = [],
  params: boolean,
): { scope: AdmissionScope; errors: FieldError[] } {
  const variablesSoFar = new Map<string, string>();
  const scope: AdmissionScope = { params, authorizer: true, variables: variablesSoFar };
  const errors = each(path, variables, (at, { name, expression }) => {
    const checked = expression?.trim()
      ? checkExpression(`${at}.expression`, expression, scope)
      : { type: 'dyn', errors: [field.required(`${at}.expression`, 'expression is not specified')] };
    if (!name?.trim()) return [field.required(`${at}.name`, 'name is not specified'), ...checked.errors];
    if (!identifier.test(name) || reserved.has(name)) {
      return [field.invalid(`${at}.name`, name, 'name is not a valid CEL identifier'), ...checked.errors];
    }
    variablesSoFar.set(name, checked.type);
    return checked.errors;
  });
  return { scope, errors };
}
