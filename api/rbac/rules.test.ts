import { expect, test } from 'vitest';
import type { PolicyRule } from '../types.ts';
import { type RuleAccess, ruleAllows } from './rules.ts';

const pod: RuleAccess = {
  isResource: true,
  path: '',
  verb: 'get',
  group: '',
  resource: 'pods',
  subresource: '',
  name: 'a',
};
const everything: PolicyRule = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };

test.each<[Partial<PolicyRule>, Partial<RuleAccess>, boolean]>([
  [{}, {}, true],
  [{ resources: ['pods'] }, {}, true],
  [{ resources: ['pods'] }, { subresource: 'log' }, false],
  [{ resources: ['pods/log'] }, { subresource: 'log' }, true],
  [{ resources: ['pods/log'] }, {}, false],
  [{ resources: ['*/log'] }, { subresource: 'log' }, true],
  [{ resources: ['*/log'] }, { subresource: 'logs' }, false],
  [{ resources: ['*/log'] }, { resource: 'log' }, false],
  [{ resources: ['pods/*'] }, { subresource: 'log' }, false],
  [{ resources: ['Pods'] }, {}, false],
  [{ resourceNames: ['a'] }, {}, true],
  [{ resourceNames: ['a'] }, { name: 'b' }, false],
  [{ resourceNames: ['a'] }, { name: '' }, false],
  [{ resourceNames: ['*'] }, {}, false],
  [{ resourceNames: [] }, {}, true],
  [{ apiGroups: ['apps'] }, {}, false],
  [{ apiGroups: [''] }, {}, true],
  [{ apiGroups: [''] }, { group: 'apps' }, false],
  [{ verbs: ['list', 'get'] }, {}, true],
  [{ verbs: ['list'] }, {}, false],
  [{ verbs: [] }, {}, false],
])('%j allows %j: %s', (rule, access, expected) => {
  expect(ruleAllows({ ...everything, ...rule }, { ...pod, ...access })).toBe(expected);
});

test.each<[string[], string, boolean]>([
  [['*'], '/any', true],
  [['/healthz'], '/healthz', true],
  [['/healthz'], '/healthz/', false],
  [['/healthz/*'], '/healthz/etcd', true],
  [['/healthz/*'], '/healthz', false],
  [['/health*'], '/healthz/etcd', true],
  [['/*/etcd'], '/healthz/etcd', false],
  [['/Healthz'], '/healthz', false],
  [[], '/healthz', false],
])('URLs %j allow %s: %s', (nonResourceURLs, path, expected) => {
  const url = { ...pod, isResource: false, path };
  expect(ruleAllows({ verbs: ['get'], nonResourceURLs }, url)).toBe(expected);
  expect(ruleAllows({ ...everything, nonResourceURLs }, pod)).toBe(true);
});
