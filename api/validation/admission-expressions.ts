/**
 * The CEL expressions of admission webhooks and policies: what they may read, and whether they compile.
 *
 * `object`, `oldObject`, `params` and `namespaceObject` are of any type here, so fields that they do not have are found when the
 * policy runs. What asks `authorizer` is only parsed. Upstream: apiserver/pkg/admission/plugin/cel (compile.go),
 * pkg/apis/admissionregistration/validation (validateMatchCondition, validateVariable)
 */
import { CompileError, typeOf, variablesRead } from '../cel/compile.ts';
import type { Environment } from '../cel/engine.ts';
import { newEnvironment } from '../cel/environment.ts';
import { celTypeName } from '../cel/issues.ts';
import { type FieldError, field } from '../errors.ts';
import { qualifiedNameErrors } from '../names.ts';
import { duplicates, each, requireName } from './checks.ts';

/** What expressions of one policy may read. */
export interface Scope {
  /** Whether there are parameters. */
  params: boolean;
  /** The policy's own variables, in order, each with its type. */
  variables: Map<string, string>;
}

const maxMatchConditions = 64;

const names = { group: 'string', version: 'string' };
const requestTypes = {
  'kubernetes.GroupVersionKind': { ...names, kind: 'string' },
  'kubernetes.GroupVersionResource': { ...names, resource: 'string' },
  'kubernetes.UserInfo': {
    username: 'string',
    uid: 'string',
    groups: 'list<string>',
    extra: 'map<string, list<string>>',
  },
  'kubernetes.AdmissionRequest': {
    kind: 'kubernetes.GroupVersionKind',
    resource: 'kubernetes.GroupVersionResource',
    subResource: 'string',
    requestKind: 'kubernetes.GroupVersionKind',
    requestResource: 'kubernetes.GroupVersionResource',
    requestSubResource: 'string',
    name: 'string',
    namespace: 'string',
    operation: 'string',
    userInfo: 'kubernetes.UserInfo',
    dryRun: 'bool',
    options: 'dyn',
  },
};

function environmentOf({ params, variables }: Scope): Environment {
  const made = newEnvironment();
  for (const [name, fields] of Object.entries(requestTypes)) made.registerType(name, { fields });
  for (const name of ['object', 'oldObject', 'namespaceObject']) made.registerVariable(name, 'dyn');
  made.registerVariable('request', 'kubernetes.AdmissionRequest');
  if (params) made.registerVariable('params', 'dyn');
  if (variables.size > 0) {
    made.registerType('kubernetes.Variables', { fields: Object.fromEntries(variables) });
    made.registerVariable('variables', 'kubernetes.Variables');
  }
  return made;
}

interface Checked {
  /** Of the result; `dyn` when it is not known. */
  type: string;
  errors: FieldError[];
}

/** Compiles an expression whose result must be of one of the types, if there are some. */
export function checkExpression(
  path: string,
  expression: string,
  scope: Scope,
  wanted: readonly string[] = [],
): Checked {
  const wrong = (why: string): Checked => ({ type: 'dyn', errors: [field.invalid(path, expression, why)] });
  try {
    const environment = environmentOf(scope);
    if (variablesRead(environment, expression).has('authorizer')) return { type: 'dyn', errors: [] };
    const type = typeOf(environment, expression);
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
  const scope = { params, variables: new Map<string, string>() };
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
): { scope: Scope; errors: FieldError[] } {
  const scope: Scope = { params, variables: new Map() };
  const errors = each(path, variables, (at, { name, expression }) => {
    const checked = expression?.trim()
      ? checkExpression(`${at}.expression`, expression, scope)
      : { type: 'dyn', errors: [field.required(`${at}.expression`, 'expression is not specified')] };
    if (!name?.trim()) return [field.required(`${at}.name`, 'name is not specified'), ...checked.errors];
    if (!identifier.test(name) || reserved.has(name)) {
      return [field.invalid(`${at}.name`, name, 'name is not a valid CEL identifier'), ...checked.errors];
    }
    scope.variables.set(name, checked.type);
    return checked.errors;
  });
  return { scope, errors };
}
