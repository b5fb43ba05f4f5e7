import { expect, test } from 'vitest';
import type { PolicyRule } from '../types.ts';
import { compactRules, ruleText } from './compact.ts';
import { fullAuthority, missingRules } from './covers.ts';

const rule = (verbs: string, groups: string, resources: string, ...resourceNames: string[]): PolicyRule => ({
  verbs: verbs.split(' '),
  apiGroups: groups.split(' ').map((group) => (group === 'core' ? '' : group)),
  resources: resources.split(' '),
  ...(resourceNames.length > 0 && { resourceNames }),
});
const urls = (...nonResourceURLs: string[]): PolicyRule => ({ verbs: ['get'], nonResourceURLs });

test.each<[string, PolicyRule[], PolicyRule[], string[]]>([
  ['the same', [rule('get list', 'core', 'pods')], [rule('get list', 'core', 'pods')], []],
  ['less', [rule('get list', 'core apps', 'pods jobs')], [rule('list', 'apps', 'jobs')], []],
  [
    'from several rules',
    [rule('get', 'core', 'pods'), rule('list', 'core', 'pods')],
    [rule('get list', 'core', 'pods')],
    [],
  ],
  [
    'a verb more',
    [rule('get', 'core', 'pods')],
    [rule('get list', 'core', 'pods')],
    ['{APIGroups:[""], Resources:["pods"], Verbs:["list"]}'],
  ],
  ['everything', [rule('*', '*', '*')], [rule('get', 'apps', 'jobs/status', 'a')], []],
  [
    'everything of a group',
    [rule('*', 'core', '*')],
    [rule('*', '*', '*')],
    ['{APIGroups:["*"], Resources:["*"], Verbs:["*"]}'],
  ],
  ['a subresource', [rule('get', 'core', '*/log')], [rule('get', 'core', 'pods/log')], []],
  [
    'the resource of a subresource',
    [rule('get', 'core', '*/log')],
    [rule('get', 'core', 'pods')],
    ['{APIGroups:[""], Resources:["pods"], Verbs:["get"]}'],
  ],
  ['an object', [rule('get', 'core', 'pods')], [rule('get', 'core', 'pods', 'a')], []],
  ['its own objects', [rule('get', 'core', 'pods', 'a', 'b')], [rule('get', 'core', 'pods', 'b')], []],
  [
    'all objects',
    [rule('get', 'core', 'pods', 'a')],
    [rule('get', 'core', 'pods')],
    ['{APIGroups:[""], Resources:["pods"], Verbs:["get"]}'],
  ],
  [
    'other objects',
    [rule('get', 'core', 'pods', 'a')],
    [rule('get list', 'core', 'pods', 'a', 'b')],
    [
      '{APIGroups:[""], Resources:["pods"], ResourceNames:["b"], Verbs:["get" "list"]}',
      '{APIGroups:[""], Resources:["pods"], ResourceNames:["a"], Verbs:["list"]}',
    ],
  ],
  ['URLs below', [urls('/healthz*')], [urls('/healthz/*', '/healthz')], []],
  ['URLs above', [urls('/healthz/*')], [urls('/healthz')], ['{NonResourceURLs:["/healthz"], Verbs:["get"]}']],
  ['URLs are no resources', [rule('*', '*', '*')], [urls('/x')], ['{NonResourceURLs:["/x"], Verbs:["get"]}']],
  ['full authority', [...fullAuthority], [rule('x', 'y', 'z/a', 'n'), urls('/x')], []],
  ['nothing', [], [], []],
])('%s', (_, owned, wanted, missing) => {
  expect(compactRules(missingRules(owned, wanted)).map(ruleText)).toEqual(missing);
});

test('rules for several resources are not put together', () => {
  const several = rule('get', 'core', 'pods services');
  const one = rule('get', 'core', 'pods');
  expect(compactRules([one, several, rule('list', 'core', 'pods')])).toEqual([
    several,
    rule('get list', 'core', 'pods'),
  ]);
});
