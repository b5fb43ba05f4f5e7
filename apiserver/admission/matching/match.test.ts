import { describe, expect, test } from 'vitest';
import { allKinds } from '../../../api/kinds/all.ts';
import type { KubeObject } from '../../../api/types.ts';
import type { MatchResources } from '../../../api/validation/admission-rules.ts';
import { Entry } from '../../cache/entry.ts';
import { builtInResources } from '../../registry/resource.ts';
import { Resources } from '../../registry/resources.ts';
import { ownWrite } from '../../registry/write-options.ts';
import type { Admission } from '../plugin.ts';
import { criteriaOf, match } from './match.ts';

const resources = new Resources(builtInResources(allKinds));
const team = { kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'team', labels: { env: 'prod' } } };
resources
  .must('', 'namespaces')
  .cache.apply([{ key: 'team', revision: 1, entry: new Entry('team', 1, Buffer.from(JSON.stringify(team))) }]);

const objectWith = (labels: Record<string, string>): KubeObject =>
  ({ metadata: { name: 'one', labels } }) as unknown as KubeObject;

function request(path: string, more: Partial<Admission> = {}): Admission {
  const [group = '', version = '', plural = ''] = path.split('/');
  const resource = resources.find(group, version, plural)!;
  return {
    operation: 'create',
    resource,
    subresource: '',
    kind: resource.kind,
    namespace: resource.kind.namespaced ? 'team' : '',
    name: 'one',
    options: ownWrite(),
    object: objectWith({ app: 'web' }),
    served: { resources } as Admission['served'],
    ...more,
  };
}

type Rule = NonNullable<MatchResources['resourceRules']>[number];
const rule = (more: Partial<Rule> = {}): Rule => ({
  operations: ['CREATE'],
  apiGroups: [''],
  apiVersions: ['v1'],
  resources: ['configmaps'],
  ...more,
});

const matched = (criteria: MatchResources, admission: Admission): string | undefined => {
  const found = match(criteriaOf(criteria), admission);
  return found && `${found.kind.plural}.${found.kind.version}`;
};

describe('rules', () => {
  const create = request('/v1/configmaps');
  test.each<[string, Rule, Admission, boolean]>([
    ['the same', rule(), create, true],
    ['another operation', rule({ operations: ['DELETE'] }), create, false],
    ['any operation', rule({ operations: ['*'] }), create, true],
    ['another group', rule({ apiGroups: ['apps'] }), create, false],
    ['another version', rule({ apiVersions: ['v2'] }), create, false],
    ['any resource', rule({ resources: ['*'] }), create, true],
    ['a subresource', rule({ resources: ['configmaps/status'] }), create, false],
    ['any subresource', rule({ resources: ['configmaps/*'] }), create, true],
    [
      'that subresource of any resource',
      rule({ resources: ['*/x'] }),
      request('/v1/configmaps', { subresource: 'x' }),
      true,
    ],
    ['no subresource', rule({ resources: ['*'] }), request('/v1/configmaps', { subresource: 'x' }), false],
    ['outside of namespaces', rule({ scope: 'Cluster' }), create, false],
    ['in namespaces', rule({ scope: 'Namespaced' }), create, true],
    ['a namespace is in none', rule({ resources: ['*'], scope: 'Cluster' }), request('/v1/namespaces'), true],
    ['its name', rule({ resourceNames: ['two', 'one'] }), create, true],
    ['another name', rule({ resourceNames: ['two'] }), create, false],
  ])('%s', (_, one, admission, expected) => {
    expect(matched({ resourceRules: [one] }, admission) !== undefined).toBe(expected);
  });

  test('what is excluded does not match, and no rule at all is for nothing', () => {
    expect(matched({ resourceRules: [rule()], excludeResourceRules: [rule()] }, create)).toBeUndefined();
    expect(matched({ resourceRules: [] }, create)).toBeUndefined();
    expect(matched({}, create)).toBe('configmaps.v1');
  });
});

describe('versions of one kind', () => {
  const other = [rule({ apiGroups: ['autoscaling'], apiVersions: ['v1'], resources: ['horizontalpodautoscalers'] })];
  const admission = request('autoscaling/v2/horizontalpodautoscalers');

  test('are equivalent unless the policy says otherwise', () => {
    const plural = 'horizontalpodautoscalers';
    expect(matched({ resourceRules: other, matchPolicy: 'Equivalent' }, admission)).toBe(`${plural}.v1`);
    expect(matched({ resourceRules: other, matchPolicy: 'Exact' }, admission)).toBeUndefined();
  });
});

describe('selectors', () => {
  const labels = (matchLabels: Record<string, string>) => ({ matchLabels });
  test.each<[string, MatchResources, Admission, boolean]>([
    ['namespace', { namespaceSelector: labels({ env: 'prod' }) }, request('/v1/configmaps'), true],
    ['another namespace', { namespaceSelector: labels({ env: 'dev' }) }, request('/v1/configmaps'), false],
    ['what is in no namespace', { namespaceSelector: labels({ env: 'dev' }) }, request('/v1/nodes'), true],
    ['a namespace that is made', { namespaceSelector: labels({ app: 'web' }) }, request('/v1/namespaces'), true],
    [
      'a namespace that goes',
      { namespaceSelector: labels({ env: 'prod' }) },
      request('/v1/namespaces', { operation: 'delete', name: 'team', object: undefined as never }),
      true,
    ],
    ['object', { objectSelector: labels({ app: 'web' }) }, request('/v1/configmaps'), true],
    ['another object', { objectSelector: labels({ app: 'db' }) }, request('/v1/configmaps'), false],
    [
      'the object before',
      { objectSelector: labels({ app: 'db' }) },
      request('/v1/configmaps', { old: objectWith({ app: 'db' }) }),
      true,
    ],
  ])('%s', (_, criteria, admission, expected) => {
    expect(matched(criteria, admission) !== undefined).toBe(expected);
  });

  test('a namespace that is not there', () => {
    const criteria = { namespaceSelector: labels({ env: 'prod' }) };
    expect(() => matched(criteria, request('/v1/configmaps', { namespace: 'gone' }))).toThrow(
      'namespaces "gone" not found',
    );
  });
});
