import { describe, expect, test } from 'vitest';
import { testResources } from './resources.fixture.ts';
import { objectLabel, Resources } from './resources.ts';
import { parseTargets } from './targets.ts';

const resources = new Resources(testResources);
const shown = (...args: string[]): string[] =>
  parseTargets(args, resources).map(({ resource, name }) => (name ? objectLabel(resource, name) : resource.plural));

describe('parseTargets', () => {
  test.each([
    [['pods'], ['pods']],
    [['po,svc'], ['pods', 'services']],
    [
      ['pod', 'a', 'b'],
      ['pod/a', 'pod/b'],
    ],
    [
      ['pods/a', 'deployments.apps/b'],
      ['pod/a', 'deployment.apps/b'],
    ],
    [['all'], ['pods', 'services', 'deployments']],
    [['Deployment.v1.apps', 'x'], ['deployment.apps/x']],
  ])('%j', (args, expected) => expect(shown(...args)).toEqual(expected));

  test.each([
    [['foo'], 'the server doesn\'t have a resource type "foo"'],
    [['pods.apps'], 'the server doesn\'t have a resource type "pods"'],
    [['deployments.v2.apps', 'x'], 'the server doesn\'t have a resource type "deployments"'],
    [['pods/a', 'b'], 'there is no need to specify a resource type as a separate argument'],
    [['pods/a/b'], 'arguments in resource/name form may not have more than one slash'],
    [['pods/'], 'arguments in resource/name form must have a single resource and name'],
    [['pod', ''], 'resource name may not be empty'],
  ])('%j is refused', (args, message) => expect(() => shown(...args)).toThrow(message));
});
