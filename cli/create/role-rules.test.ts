import { expect, test } from 'vitest';
import { testResources } from '../resources.fixture.ts';
import { Resources } from '../resources.ts';
import { checkResources, checkUrls, type RuleFlags, rulesOf, tidy, unusualVerbs } from './role-rules.ts';

const resources = new Resources(testResources);
const lookup = (text: string) => resources.lookup(text);
const flags = (given: Partial<RuleFlags>): RuleFlags =>
  tidy({ verbs: ['get'], resources: [], resourceNames: [], nonResourceURLs: [], ...given });

test.each<[string, Partial<RuleFlags>, object[]]>([
  ['a short name', { resources: ['po'] }, [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]],
  [
    'one rule a group',
    { resources: ['deploy', 'pods', 'pods/log', 'pods', 'deployments.apps/scale'] },
    [
      { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get'] },
      { apiGroups: ['apps'], resources: ['deployments', 'deployments/scale'], verbs: ['get'] },
    ],
  ],
  [
    'a star says all',
    { verbs: ['get', '*'], resources: ['pods', '*'] },
    [{ apiGroups: [''], resources: ['*'], verbs: ['*'] }],
  ],
  ['a star of a group', { resources: ['*.apps'] }, [{ apiGroups: ['apps'], resources: ['*'], verbs: ['get'] }]],
  [
    'names and URLs',
    { resources: ['pods'], resourceNames: ['a', 'a'], nonResourceURLs: ['/x', '/x'] },
    [
      { apiGroups: [''], resources: ['pods'], resourceNames: ['a'], verbs: ['get'] },
      { nonResourceURLs: ['/x'], verbs: ['get'] },
    ],
  ],
])('%s', (_, given, rules) => {
  expect(rulesOf(flags(given), lookup)).toEqual(rules);
});

test.each<[Partial<RuleFlags>, string]>([
  [{ resources: ['nosuch'] }, 'the server doesn\'t have a resource type "nosuch"'],
  [{ resources: ['pods.nosuch'] }, 'the server doesn\'t have a resource type "pods" in group "nosuch"'],
  [{ resources: ['.apps'] }, 'resource must be specified if apiGroup/subresource specified'],
  [{ resources: ['pods'], verbs: ['get', 'bind'] }, "can not perform 'bind' on 'pods' in group ''"],
])('%j is refused', (given, why) => {
  expect(() => checkResources(flags(given), lookup)).toThrow(why);
});

test('who can be impersonated is not in discovery', () => {
  expect(() => checkResources(flags({ verbs: ['impersonate'], resources: ['users', 'groups'] }), lookup)).not.toThrow();
});

test.each<[Partial<RuleFlags>, string]>([
  [{ verbs: ['list'], nonResourceURLs: ['/x'] }, "invalid verb: 'list' for nonResourceURL"],
  [{ nonResourceURLs: ['x'] }, 'nonResourceURL should start with /'],
  [{ nonResourceURLs: ['/x*/y'] }, "nonResourceURL only supports wildcard matches when '*' is at the end"],
])('of URLs %j is refused', (given, why) => {
  expect(() => checkUrls(flags(given))).toThrow(why);
});

test('a verb that no request has is told', () => {
  expect(unusualVerbs(['get', 'fly', 'escalate'])).toEqual(['fly']);
});
