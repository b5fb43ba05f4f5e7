import { expect, test } from 'vitest';
import { mutatingwebhookconfigurations } from './mutatingwebhookconfigurations.ts';
import { validatingwebhookconfigurations } from './validatingwebhookconfigurations.ts';
import { cellsOf, created, createErrors, expectErrors } from './writes.fixture.ts';

const rule = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] };
const service = { namespace: 'default', name: 'check' };
const webhook = (changes: object = {}) => ({
  name: 'check.example.com',
  clientConfig: { service },
  rules: [rule],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  ...changes,
});
const only = (changes: object = {}) => ({ webhooks: [webhook(changes)] });
const ruled = (changes: object) => only({ rules: [{ ...rule, ...changes }] });
const at = 'webhooks[0]';

test('get defaults', () => {
  const defaults = {
    failurePolicy: 'Fail',
    matchPolicy: 'Equivalent',
    namespaceSelector: {},
    objectSelector: {},
    timeoutSeconds: 10,
    clientConfig: { service: { ...service, port: 443 } },
    rules: [{ ...rule, scope: '*' }],
  };
  expect(created(validatingwebhookconfigurations, only())['webhooks']).toEqual([webhook(defaults)]);
  expect(created(mutatingwebhookconfigurations, only())['webhooks']).toEqual([
    webhook({ ...defaults, reinvocationPolicy: 'Never' }),
  ]);
});

test.each<[object, string | undefined]>([
  [only(), undefined],
  [only({ rules: undefined, clientConfig: { url: 'https://example.com:8443/a/b' } }), undefined],
  [{ webhooks: [webhook(), webhook()] }, 'webhooks[1].name: Duplicate value: "check.example.com"'],
  [only({ name: '' }), `${at}.name: Required value`],
  [only({ name: 'check.example' }), 'should be a domain with at least three segments separated by dots'],
  [only({ name: 'A.b.c' }), `${at}.name: Invalid value: "A.b.c": a lowercase RFC 1123 subdomain`],
  [
    only({ failurePolicy: 'Maybe' }),
    `${at}.failurePolicy: Unsupported value: "Maybe": supported values: "Fail", "Ignore"`,
  ],
  [only({ matchPolicy: 'x' }), `${at}.matchPolicy: Unsupported value: "x": supported values: "Equivalent", "Exact"`],
  [only({ sideEffects: undefined }), `${at}.sideEffects: Required value: must specify one of None, NoneOnDryRun`],
  [
    only({ sideEffects: 'Some' }),
    `${at}.sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"`,
  ],
  [only({ timeoutSeconds: 31 }), `${at}.timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30`],
  [only({ objectSelector: { matchLabels: { a: '-' } } }), `${at}.objectSelector.matchLabels: Invalid value: "-"`],
  [
    only({ admissionReviewVersions: [] }),
    `${at}.admissionReviewVersions: Required value: must specify one of v1, v1beta1`,
  ],
  [only({ admissionReviewVersions: ['v1', 'v1'] }), `${at}.admissionReviewVersions[1]: Invalid value: "v1": duplicate`],
  [
    only({ admissionReviewVersions: ['v2'] }),
    `${at}.admissionReviewVersions: Invalid value: ["v2"]: must include at least one of v1, v1beta1`,
  ],
  [only({ clientConfig: {} }), `${at}.clientConfig: Required value: exactly one of url or service is required`],
  [only({ clientConfig: { url: 'https://a', service } }), `${at}.clientConfig: Required value: exactly one of`],
  [only({ clientConfig: { url: 'http://a' } }), `${at}.clientConfig.url: Invalid value: "http": 'https' is the only`],
  [only({ clientConfig: { url: 'https:///a' } }), `${at}.clientConfig.url: Invalid value: "": host must be provided`],
  [
    only({ clientConfig: { url: 'https://me@a' } }),
    'Invalid value: "me": user information is not permitted in the URL',
  ],
  [
    only({ clientConfig: { url: 'https://a?b=c' } }),
    'Invalid value: "b=c": query parameters are not permitted in the URL',
  ],
  [only({ clientConfig: { url: 'https://a#b' } }), 'Invalid value: "b": fragments are not permitted in the URL'],
  [only({ clientConfig: { url: 'https://a b' } }), `${at}.clientConfig.url: Required value: url must be a valid URL`],
  [only({ clientConfig: { service: { name: 'a' } } }), `${at}.clientConfig.service.namespace: Required value`],
  [
    only({ clientConfig: { service: { ...service, port: 65536 } } }),
    `${at}.clientConfig.service.port: Invalid value: 65536: port is not valid: must be between 1 and 65535, inclusive`,
  ],
  [only({ clientConfig: { service: { ...service, path: 'a' } } }), `Invalid value: "a": must start with a '/'`],
  [only({ clientConfig: { service: { ...service, path: '/a//b' } } }), 'segment[1] may not be empty'],
  [only({ clientConfig: { service: { ...service, path: '/a/B' } } }), 'segment[1]: a lowercase RFC 1123 subdomain'],
  [ruled({ operations: [] }), `${at}.rules[0].operations: Required value`],
  [ruled({ operations: ['*', 'CREATE'] }), `if '*' is present, must not specify other operations`],
  [
    ruled({ operations: ['LOOK'] }),
    `${at}.rules[0].operations[0]: Unsupported value: "LOOK": supported values: "*", "CONNECT"`,
  ],
  [ruled({ apiGroups: [] }), `${at}.rules[0].apiGroups: Required value`],
  [ruled({ apiVersions: ['v1', '*'] }), `if '*' is present, must not specify other API versions`],
  [ruled({ apiVersions: [''] }), `${at}.rules[0].apiVersions[0]: Required value`],
  [ruled({ resources: ['*/*', 'pods'] }), `if '*/*' is present, must not specify other resources`],
  [ruled({ resources: ['*', 'pods'] }), `if '*' is present, must not specify other resources without subresources`],
  [
    ruled({ resources: ['pods/*', 'pods/log'] }),
    `[1]: Invalid value: "pods/log": if 'pods/*' is present, must not specify`,
  ],
  [
    ruled({ resources: ['*/log', 'pods/log'] }),
    `[1]: Invalid value: "pods/log": if '*/log' is present, must not specify`,
  ],
  [
    ruled({ scope: 'World' }),
    `${at}.rules[0].scope: Unsupported value: "World": supported values: "*", "Cluster", "Namespaced"`,
  ],
])('%# %j: %s', (object, error) => {
  expectErrors(createErrors(validatingwebhookconfigurations, object), error);
  expectErrors(createErrors(mutatingwebhookconfigurations, object), error);
});

const matched = (...conditions: object[]) =>
  only({ matchConditions: conditions.map((condition) => ({ name: 'is-good', ...condition })) });

test.each<[object, string | undefined]>([
  [matched({ expression: "request.userInfo.username != 'admin' && object.metadata.name.startsWith('a')" }), undefined],
  [matched({ expression: "authorizer.group('apps').resource('deployments').check('get').allowed()" }), undefined],
  [matched({ expression: '' }), `${at}.matchConditions[0].expression: Required value`],
  [
    matched({ expression: '... [] bad expression' }),
    `${at}.matchConditions[0].expression: Invalid value: "... [] bad expression": compilation failed: ERROR: <input>:1:1`,
  ],
  [matched({ expression: "request.user == 'a'" }), "undefined field 'user'"],
  [matched({ expression: 'params.a == 1' }), "undeclared reference to 'params'"],
  [matched({ expression: "'text'" }), `Invalid value: "'text'": must evaluate to bool but got string`],
  [matched({ expression: 'true', name: '' }), `${at}.matchConditions[0].name: Required value`],
  [matched({ expression: 'true', name: 'a b' }), `${at}.matchConditions[0].name: Invalid value: "a b": name part`],
  [
    matched({ expression: 'true' }, { expression: 'true' }),
    `${at}.matchConditions[1].name: Duplicate value: "is-good"`,
  ],
  [
    matched(...Array.from({ length: 65 }, (_, i) => ({ name: `a${i}`, expression: 'true' }))),
    `${at}.matchConditions: Too many: 65: must have at most 64 items`,
  ],
])('conditions %#: %s', (object, error) => expectErrors(createErrors(validatingwebhookconfigurations, object), error));

test('a webhook that changes objects may be asked again', () => {
  expectErrors(createErrors(mutatingwebhookconfigurations, only({ reinvocationPolicy: 'IfNeeded' })), undefined);
  expectErrors(
    createErrors(mutatingwebhookconfigurations, only({ reinvocationPolicy: 'Always' })),
    `${at}.reinvocationPolicy: Unsupported value: "Always": supported values: "IfNeeded", "Never"`,
  );
});

test('print how many there are', () => {
  expect(cellsOf(validatingwebhookconfigurations, only())).toMatchObject({ Webhooks: 1 });
  expect(cellsOf(mutatingwebhookconfigurations, {})).toMatchObject({ Webhooks: 0 });
});
