import { expect, test } from 'vitest';
import { readPolicy } from './read-policy.ts';

const read = (text: string) => {
  const warnings: string[] = [];
  const policy = readPolicy(text, (message) => warnings.push(message));
  return { policy, warnings };
};
const policyOf = (rest: string): string => `{apiVersion: audit.k8s.io/v1, kind: Policy, ${rest}}`;

test.each([
  ['', 'it is not a Policy'],
  ['[]', 'it is not a Policy'],
  ['{kind: Policy}', 'expected kind "Policy" in version "audit.k8s.io/v1", found "Policy" in version none'],
  [
    '{kind: Policy, apiVersion: audit.k8s.io/v1beta1, rules: [{level: None}]}',
    'expected kind "Policy" in version "audit.k8s.io/v1", found "Policy" in version "audit.k8s.io/v1beta1"',
  ],
  [policyOf('rules: []'), 'loaded illegal policy with 0 rules'],
  [policyOf('omitStages: []'), 'loaded illegal policy with 0 rules'],
  [policyOf('rules: {}'), 'rules must be a list'],
  [policyOf('rules: [7]'), 'rules[0] must be an object'],
  [policyOf('rules: [{level: 7}]'), 'rules[0].level must be text'],
  [policyOf('rules: [{level: None, verbs: get}]'), 'rules[0].verbs must be a list of texts'],
  [policyOf('rules: [{level: None, verbs: [1]}]'), 'rules[0].verbs must be a list of texts'],
  [policyOf('rules: [{level: None, omitManagedFields: sure}]'), 'rules[0].omitManagedFields must be true or false'],
])('%s: %s', (text, message) => expect(() => read(text)).toThrow(message));

test.each([
  ['{}', 'rules[0].level: Required value'],
  [
    '{level: Everything}',
    'rules[0].level: Unsupported value: "Everything": supported values: "Metadata", "None", "Request", "RequestResponse"',
  ],
  [
    '{level: None, nonResourceURLs: [healthz]}',
    `rules[0].nonResourceURLs[0]: Invalid value: "healthz": non-resource URL rules must begin with a '/' character`,
  ],
  [
    '{level: None, nonResourceURLs: ["/a*/b"]}',
    `rules[0].nonResourceURLs[0]: Invalid value: "/a*/b": non-resource URL wildcards '*' must be the final character of the rule`,
  ],
  [
    '{level: None, nonResourceURLs: ["*"], namespaces: [a]}',
    'rules[0].nonResourceURLs: Invalid value: ["*"]: rules cannot apply to both regular resources and non-resource URLs',
  ],
  [
    '{level: None, resources: [{group: Apps}]}',
    'rules[0].resources.group: Invalid value: "Apps": a lowercase RFC 1123 subdomain must consist of lower case',
  ],
  [
    '{level: None, resources: [{group: "", resourceNames: [a]}]}',
    'rules[0].resources.resourceNames: Invalid value: ["a"]: using resourceNames requires at least one resource',
  ],
  [
    '{level: None, omitStages: [Begin]}',
    'rules[0].omitStages[0]: Invalid value: "Begin": allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic',
  ],
])('the rule %s: %s', (rule, message) => expect(() => read(policyOf(`rules: [${rule}]`))).toThrow(message));

test('all that is wrong is told at once', () => {
  expect(() => read(policyOf('omitStages: [X], rules: [{level: Some}, {}]'))).toThrow(
    /omitStages\[0\].*rules\[0\]\.level.*rules\[1\]\.level/,
  );
});

test('what nobody knows is told and left aside; a null is nothing', () => {
  const { policy, warnings } = read(
    policyOf('metadata: {name: x}, rules: [{level: None, verb: [get], users: null}], x: 1'),
  );
  expect(warnings).toEqual(['unknown field "rules[0].verb"', 'unknown field "x"']);
  expect(policy.rules).toEqual([{ level: 'None', verb: ['get'] }]);
});
