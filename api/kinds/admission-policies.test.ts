import { describe, expect, test } from 'vitest';
import { mutatingadmissionpolicies } from './mutatingadmissionpolicies.ts';
import { mutatingadmissionpolicybindings } from './mutatingadmissionpolicybindings.ts';
import { validatingadmissionpolicies } from './validatingadmissionpolicies.ts';
import { validatingadmissionpolicybindings } from './validatingadmissionpolicybindings.ts';
import { cellsOf, created, createErrors, expectErrors, statusErrors } from './writes.fixture.ts';

const rule = { operations: ['CREATE'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] };
const matchConstraints = { resourceRules: [rule] };
const paramKind = { apiVersion: 'rules.example.com/v1', kind: 'ReplicaLimit' };

describe('a policy that validates', () => {
  const policy = (spec: object = {}) => ({
    spec: { matchConstraints, validations: [{ expression: 'object.spec.replicas <= 5' }], ...spec },
  });
  const validation = (changes: object) => policy({ validations: [{ expression: 'true', ...changes }] });
  const audit = (...auditAnnotations: object[]) => policy({ auditAnnotations });
  const at = 'spec.validations[0]';

  test('gets defaults, and a status of its own', () => {
    const sent = { ...policy(), status: { observedGeneration: 7 } };
    expect(created(validatingadmissionpolicies, sent)).toMatchObject({
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          matchPolicy: 'Equivalent',
          namespaceSelector: {},
          objectSelector: {},
          resourceRules: [{ ...rule, scope: '*' }],
        },
      },
      status: {},
    });
  });

  test.each<[object, string | undefined]>([
    [policy(), undefined],
    [policy({ paramKind, validations: [{ expression: 'object.spec.replicas <= params.max' }] }), undefined],
    [policy({ failurePolicy: 'x' }), 'spec.failurePolicy: Unsupported value: "x": supported values: "Fail", "Ignore"'],
    [policy({ matchConstraints: undefined }), 'spec.matchConstraints: Required value'],
    [policy({ matchConstraints: {} }), 'spec.matchConstraints.resourceRules: Required value'],
    [
      policy({ matchConstraints: { resourceRules: [{ ...rule, resourceNames: ['a', 'a'] }] } }),
      'spec.matchConstraints.resourceRules[0].resourceNames[1]: Duplicate value: "a"',
    ],
    [
      policy({ matchConstraints: { ...matchConstraints, excludeResourceRules: [{ ...rule, operations: [] }] } }),
      'spec.matchConstraints.excludeResourceRules[0].operations: Required value',
    ],
    [policy({ paramKind: {} }), 'spec.paramKind.apiVersion: Required value'],
    [
      policy({ paramKind: { ...paramKind, kind: 'a b' } }),
      'spec.paramKind.kind: Invalid value: "a b": may have mixed case',
    ],
    [policy({ paramKind: { ...paramKind, apiVersion: 'a/b/c' } }), 'unexpected GroupVersion string: a/b/c'],
    [policy({ paramKind: { ...paramKind, apiVersion: 'a/' } }), 'Invalid value: "a/": version must be specified'],
    [policy({ paramKind: { ...paramKind, apiVersion: 'a/1' } }), 'Invalid value: "1": a DNS-1035 label'],
    [
      policy({ validations: [] }),
      'spec.validations: Required value: validations or auditAnnotations must contain at least one item',
    ],
    [policy({ matchConditions: [{ name: 'a', expression: 'params.b' }] }), "undeclared reference to 'params'"],
    [validation({ expression: ' ' }), `${at}.expression: Required value: expression is not specified`],
    [
      validation({ expression: 'object.x in [1, 2, ' }),
      `${at}.expression: Invalid value: "object.x in [1, 2, ": compilation failed: ERROR: <input>:1:`,
    ],
    [validation({ expression: '1' }), 'Invalid value: "1": must evaluate to bool but got int'],
    [validation({ expression: 'params.a == 1' }), "undeclared reference to 'params' (in container '')"],
    [validation({ messageExpression: "'at most ' + string(object.spec.max)" }), undefined],
    [
      validation({ messageExpression: ' ' }),
      `${at}.messageExpression: Invalid value: " ": must be non-empty if specified`,
    ],
    [validation({ messageExpression: '[1]' }), 'Invalid value: "[1]": must evaluate to string but got list(int)'],
    [validation({ message: ' ' }), `${at}.message: Invalid value: " ": message must be non-empty if specified`],
    [validation({ message: 'a\nb' }), 'message must not contain line breaks'],
    [
      validation({ reason: 'Because' }),
      `${at}.reason: Unsupported value: "Because": supported values: "Forbidden", "Invalid"`,
    ],
    [audit({ key: 'a', valueExpression: "'b'" }, { key: 'c', valueExpression: 'null' }), undefined],
    [audit({ key: 'a b', valueExpression: "'b'" }), 'spec.auditAnnotations[0].key: Invalid value: "a/a b": name part'],
    [audit({ key: 'a', valueExpression: '' }), 'Required value: valueExpression is not specified'],
    [audit({ key: 'a', valueExpression: '1' }), 'must evaluate to one of [string null_type]'],
    [audit({ key: 'a', valueExpression: `'${'x'.repeat(5120)}'` }), 'must not exceed 5120 bytes in length'],
    [
      audit({ key: 'a', valueExpression: "'b'" }, { key: 'a', valueExpression: "'b'" }),
      'spec.auditAnnotations[1].key: Duplicate value: "a"',
    ],
    [
      audit(...Array.from({ length: 21 }, (_, i) => ({ key: `a${i}`, valueExpression: "'b'" }))),
      'must not have more than 20 auditAnnotations',
    ],
  ])('%# %j: %s', (object, error) => expectErrors(createErrors(validatingadmissionpolicies, object), error));

  const variables = (...list: [name: string, expression: string][]) =>
    policy({
      variables: list.map(([name, expression]) => ({ name, expression })),
      validations: [{ expression: 'variables.a == 1' }],
    });

  test.each<[object, string | undefined]>([
    [variables(['a', '1']), undefined],
    [variables(['b', 'object.x'], ['a', 'variables.b']), undefined],
    [variables(['a', 'variables.b'], ['b', '1']), "undeclared reference to 'variables'"],
    [variables(['b', '1']), "undefined field 'a'"],
    [variables(['a', "'text'"]), "found no matching overload for '_==_' applied to '(string, int)'"],
    [variables(['', '1']), 'spec.variables[0].name: Required value: name is not specified'],
    [variables(['in', '1']), 'spec.variables[0].name: Invalid value: "in": name is not a valid CEL identifier'],
    [variables(['1a', '1']), 'Invalid value: "1a": name is not a valid CEL identifier'],
    [variables(['a', '']), 'spec.variables[0].expression: Required value: expression is not specified'],
    [variables(['a', '1 +']), 'spec.variables[0].expression: Invalid value: "1 +": compilation failed'],
  ])('variables %# %j: %s', (object, error) => expectErrors(createErrors(validatingadmissionpolicies, object), error));

  test.each<[object, string | undefined]>([
    [
      { typeChecking: { expressionWarnings: [{ fieldRef: 'spec.validations[0].expression', warning: 'x' }] } },
      undefined,
    ],
    [{ typeChecking: { expressionWarnings: [{ fieldRef: 'a' }] } }, 'expressionWarnings[0].warning: Required value'],
    [{ typeChecking: { expressionWarnings: [{ warning: 'a' }] } }, 'expressionWarnings[0].fieldRef: Required value'],
    [{ conditions: [{ type: 'a', status: 'True' }] }, 'status.conditions[0].lastTransitionTime: Required value'],
  ])('a status of %j: %s', (status, error) =>
    expectErrors(statusErrors(validatingadmissionpolicies, policy(), status), error),
  );

  test('prints', () => {
    expect(cellsOf(validatingadmissionpolicies, policy())).toMatchObject({ Validations: 1, ParamKind: '<unset>' });
    expect(cellsOf(validatingadmissionpolicies, policy({ paramKind }))).toMatchObject({
      ParamKind: 'rules.example.com/v1/ReplicaLimit',
    });
  });
});

describe('a policy that mutates', () => {
  const applied = { patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{}' } };
  const policy = (spec: object = {}) => ({
    spec: { matchConstraints, reinvocationPolicy: 'Never', mutations: [applied], ...spec },
  });
  const patch = (expression: string) => ({ patchType: 'JSONPatch', jsonPatch: { expression } });
  const at = 'spec.mutations[0]';

  test.each<[object, string | undefined]>([
    [policy(), undefined],
    [policy({ mutations: [patch('[JSONPatch{op: "remove", path: "/spec/paused"}]')] }), undefined],
    [policy({ mutations: [patch('has(object.a) ? [JSONPatch{op: "add", path: "/a", value: 1}] : []')] }), undefined],
    [
      policy({ mutations: [patch('[]')] }),
      `${at}.jsonPatch.expression: Invalid value: "[]": must evaluate to list(JSONPatch) but got list(dyn)`,
    ],
    [
      policy({ mutations: [patch('[JSONPatch{operation: "add"}]')] }),
      "compilation failed: ERROR: <input>:1:21: undefined field 'operation'",
    ],
    [policy({ mutations: [patch('[JSONPatch{op: 1}]')] }), "expected type of field 'op' is 'string' but provided type"],
    [
      policy({ mutations: [{ ...applied, applyConfiguration: { expression: '{"spec": {}}' } }] }),
      'must evaluate to Object but got map(string, map(',
    ],
    [
      policy({ mutations: [{ ...applied, applyConfiguration: { expression: 'Thing{a: 1}' } }] }),
      "ERROR: <input>:1:1: undeclared reference to 'Thing' (in container '')",
    ],
    [
      policy({ variables: [{ name: 'made', expression: 'Object{}' }] }),
      "undeclared reference to 'Object' (in container '')",
    ],
    [policy({ mutations: [] }), 'spec.mutations: Required value: mutations must contain at least one item'],
    [policy({ reinvocationPolicy: undefined }), 'spec.reinvocationPolicy: Required value'],
    [policy({ mutations: [{}] }), `${at}.patchType: Required value`],
    [
      policy({ mutations: [{ patchType: 'Other' }] }),
      `${at}.patchType: Unsupported value: "Other": supported values: "ApplyConfiguration", "JSONPatch"`,
    ],
    [
      policy({ mutations: [{ ...applied, patchType: 'JSONPatch' }] }),
      `${at}.applyConfiguration: Invalid value: "{applyConfiguration}": must not be specified when patchType is JSONPatch`,
    ],
    [
      policy({ mutations: [{ patchType: 'JSONPatch' }] }),
      `${at}.jsonPatch: Required value: must be specified when patchType is JSONPatch`,
    ],
    [
      policy({ mutations: [{ ...applied, applyConfiguration: { expression: ' ' } }] }),
      `${at}.applyConfiguration.expression: Required value`,
    ],
    [
      policy({ matchConstraints: { resourceRules: [{ ...rule, operations: ['DELETE'] }] } }),
      'spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT"',
    ],
    [policy({ variables: [{ name: 'a', expression: 'nothing' }] }), "undeclared reference to 'nothing'"],
  ])('%# %j: %s', (object, error) => expectErrors(createErrors(mutatingadmissionpolicies, object), error));

  test('prints', () => {
    expect(cellsOf(mutatingadmissionpolicies, policy())).toMatchObject({ Mutations: 1, ParamKind: '<unset>' });
  });
});

describe('a binding', () => {
  const paramRef = { name: 'limit', parameterNotFoundAction: 'Deny' };
  const binding = (spec: object = {}) => ({ spec: { policyName: 'a', validationActions: ['Deny'], ...spec } });

  test.each<[object, string | undefined]>([
    [binding({ paramRef, matchResources: {} }), undefined],
    [binding({ policyName: '' }), 'spec.policyName: Required value'],
    [binding({ policyName: 'A' }), 'spec.policyName: Invalid value: "A"'],
    [binding({ paramRef: { name: 'a' } }), 'spec.paramRef.parameterNotFoundAction: Required value'],
    [
      binding({ paramRef: { parameterNotFoundAction: 'Allow' } }),
      'spec.paramRef: Required value: one of name or selector',
    ],
    [
      binding({ paramRef: { ...paramRef, selector: {} } }),
      'spec.paramRef.name: Forbidden: name and selector are mutually exclusive',
    ],
    [
      binding({ paramRef: { ...paramRef, parameterNotFoundAction: 'Ask' } }),
      'spec.paramRef.parameterNotFoundAction: Unsupported value: "Ask": supported values: "Allow", "Deny"',
    ],
    [
      binding({ matchResources: { resourceRules: [{ ...rule, operations: ['LOOK'] }] } }),
      'spec.matchResources.resourceRules[0].operations[0]: Unsupported value: "LOOK"',
    ],
  ])('%# %j: %s', (object, error) => {
    expectErrors(createErrors(validatingadmissionpolicybindings, object), error);
    expectErrors(createErrors(mutatingadmissionpolicybindings, object), error);
  });

  test.each<[string[], string]>([
    [[], 'spec.validationActions: Required value: at least one validation action is required'],
    [['Shout'], 'spec.validationActions[0]: Unsupported value: "Shout": supported values: "Audit", "Deny", "Warn"'],
    [['Audit', 'Audit'], 'spec.validationActions[1]: Duplicate value: "Audit"'],
    [['Deny', 'Warn'], 'must not contain both Deny and Warn'],
  ])('with the actions %j: %s', (validationActions, error) =>
    expectErrors(createErrors(validatingadmissionpolicybindings, binding({ validationActions })), error),
  );

  test('of a policy that mutates is not for deletes', () => {
    const matchResources = { resourceRules: [{ ...rule, operations: ['DELETE'] }] };
    expectErrors(
      createErrors(mutatingadmissionpolicybindings, binding({ matchResources })),
      'spec.matchResources.resourceRules.operations: Unsupported value: "DELETE"',
    );
    expectErrors(createErrors(validatingadmissionpolicybindings, binding({ matchResources })), undefined);
  });

  test.each<[object | undefined, string]>([
    [undefined, '<unset>'],
    [paramRef, '*/limit'],
    [{ ...paramRef, namespace: 'n' }, 'n/limit'],
    [{ selector: { matchLabels: { a: 'b' } } }, 'a=b'],
  ])('with parameters %j prints %s', (ref, text) => {
    const cells = cellsOf(validatingadmissionpolicybindings, binding({ paramRef: ref }));
    expect(cells).toMatchObject({ PolicyName: 'a', ParamRef: text });
  });
});
