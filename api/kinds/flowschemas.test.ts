import { expect, test } from 'vitest';
import { toTable } from '../table.ts';
import type { FlowSchema } from '../types.ts';
import { mandatoryFlowSchemas } from '../validation/flow-control-mandatory.ts';
import { flowschemas } from './flowschemas.ts';
import { cellsOf, created, createErrors, expectErrors, statusErrors } from './writes.fixture.ts';

const subject = { kind: 'Group', group: { name: 'system:nodes' } };
const resourceRule = { verbs: ['get'], apiGroups: [''], resources: ['pods'], namespaces: ['default'] };
const nonResourceRule = { verbs: ['get'], nonResourceURLs: ['/healthz', '/apis/*', '/'] };
const schema = (spec: object = {}) => ({ spec: { priorityLevelConfiguration: { name: 'low' }, ...spec } });
const ruled = (...rules: object[]) =>
  schema({ rules: rules.map((rule) => ({ subjects: [subject], resourceRules: [resourceRule], ...rule })) });
const resources = (changes: object) => ruled({ resourceRules: [{ ...resourceRule, ...changes }] });
const urls = (...nonResourceURLs: string[]) => ruled({ nonResourceRules: [{ ...nonResourceRule, nonResourceURLs }] });
const at = 'spec.rules[0]';

test('gets defaults', () => {
  expect(created(flowschemas, schema())).toMatchObject({ spec: { matchingPrecedence: 1000 }, status: {} });
});

test.each<[object, string | undefined]>([
  [ruled({ nonResourceRules: [nonResourceRule] }), undefined],
  [schema({ distinguisherMethod: { type: 'ByUser' } }), undefined],
  [{ spec: {} }, 'spec.priorityLevelConfiguration.name: Required value: must reference a priority level'],
  [schema({ priorityLevelConfiguration: { name: 'A' } }), 'spec.priorityLevelConfiguration.name: Invalid value: "A"'],
  [schema({ matchingPrecedence: -1 }), 'spec.matchingPrecedence: Invalid value: -1: must be a positive value'],
  [schema({ matchingPrecedence: 10001 }), 'Invalid value: 10001: must not be greater than 10000'],
  [schema({ matchingPrecedence: 1 }), "only the schema named 'exempt' may have matchingPrecedence 1"],
  [
    schema({ distinguisherMethod: { type: 'ByMood' } }),
    'spec.distinguisherMethod.type: Unsupported value: "ByMood": supported values: "ByNamespace", "ByUser"',
  ],
  [ruled({ subjects: [] }), `${at}.subjects: Required value: subjects must contain at least one value`],
  [ruled({ resourceRules: [] }), `${at}: Required value: at least one of resourceRules and nonResourceRules has to be`],
  [
    ruled({ subjects: [{ kind: 'Robot' }] }),
    `${at}.subjects[0].kind: Unsupported value: "Robot": supported values: "Group", "ServiceAccount", "User"`,
  ],
  [
    ruled({ subjects: [{ kind: 'User' }] }),
    `${at}.subjects[0].user: Required value: user is required when subject kind`,
  ],
  [ruled({ subjects: [{ kind: 'User', user: {} }] }), `${at}.subjects[0].user.name: Required value`],
  [
    ruled({ subjects: [{ ...subject, user: { name: 'a' } }] }),
    `${at}.subjects[0].user: Forbidden: user is forbidden when subject kind is not 'User'`,
  ],
  [
    ruled({ subjects: [{ kind: 'ServiceAccount', serviceAccount: { name: '*' } }] }),
    `${at}.subjects[0].serviceAccount.namespace: Required value: must specify namespace for service account`,
  ],
  [
    ruled({ subjects: [{ kind: 'ServiceAccount', serviceAccount: { name: 'A', namespace: 'default' } }] }),
    `${at}.subjects[0].serviceAccount.name: Invalid value: "A"`,
  ],
  [resources({ verbs: [] }), `${at}.resourceRules[0].verbs: Required value: verbs must contain at least one value`],
  [resources({ verbs: ['*', 'get'] }), "if '*' is present, must not specify other verbs"],
  [
    resources({ verbs: ['look'] }),
    `${at}.resourceRules[0].verbs: Unsupported value: ["look"]: supported values: "create"`,
  ],
  [resources({ apiGroups: [] }), 'apiGroups: Required value: resource rules must supply at least one api group'],
  [resources({ resources: ['*', 'pods'] }), "if '*' is present, must not specify other resources"],
  [resources({ namespaces: [] }), 'resource rules that are not cluster scoped must supply at least one namespace'],
  [resources({ namespaces: [], clusterScope: true }), undefined],
  [
    resources({ namespaces: ['A'] }),
    `[0]: Invalid value: "A": each member of this list must be '*' or a DNS-1123 label; `,
  ],
  [urls(), 'nonResourceURLs: Required value: nonResourceURLs must contain at least one value'],
  [urls('*'), undefined],
  [urls('*', '/a'), "if '*' is present, must not specify other non-resource URLs"],
  [urls(''), 'nonResourceURLs[0]: Invalid value: "": must not be empty'],
  [urls('a'), 'Invalid value: "a": must start with slash'],
  [urls('/a b'), 'Invalid value: "/a b": must not contain white-space'],
  [urls('/a//b'), 'Invalid value: "/a//b": must not contain double slash'],
  [urls('/a*'), 'Invalid value: "/a*": wildcard can only do suffix matching'],
  [urls('/*/a'), 'Invalid value: "/*/a": wildcard can only do suffix matching'],
])('%# %j: %s', (object, error) => expectErrors(createErrors(flowschemas, object), error));

test.each(['exempt', 'catch-all'])('%s is as it is', (name) => {
  const metadata = { name };
  const spec = mandatoryFlowSchemas.get(name)!;
  expectErrors(createErrors(flowschemas, { metadata, spec }), undefined);
  expectErrors(
    createErrors(flowschemas, { metadata, spec: { ...spec, rules: [] } }),
    `: spec of '${name}' must equal the fixed value`,
  );
});

test.each<[object, string | undefined]>([
  [{ conditions: [{ type: 'Dangling', status: 'True' }] }, undefined],
  [{ conditions: [{ status: 'True' }] }, 'status.conditions[0].type: Required value: must not be empty'],
  [{ conditions: [{ type: 'a' }, { type: 'a' }] }, 'status.conditions[1].type: Duplicate value: "a"'],
])('a status of %j: %s', (status, error) => expectErrors(statusErrors(flowschemas, schema(), status), error));

test('are listed by precedence', () => {
  const schemas = [7, 3, 5].map(
    (matchingPrecedence) => ({ metadata: {}, ...schema({ matchingPrecedence }) }) as FlowSchema,
  );
  expect(toTable(flowschemas, schemas, { now: 0 }).rows.map(({ cells }) => cells[2])).toEqual([3, 5, 7]);
});

test('prints', () => {
  expect(cellsOf(flowschemas, schema({ matchingPrecedence: 7 }))).toMatchObject({
    PriorityLevel: 'low',
    MatchingPrecedence: 7,
    DistinguisherMethod: '<none>',
    MissingPL: '?',
  });
  const status = { conditions: [{ type: 'Dangling', status: 'False' }] };
  expect(cellsOf(flowschemas, { ...schema({ distinguisherMethod: { type: 'ByUser' } }), status })).toMatchObject({
    DistinguisherMethod: 'ByUser',
    MissingPL: 'False',
  });
});
