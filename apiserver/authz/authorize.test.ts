import { describe, expect, test } from 'vitest';
import { requestInfo } from '../request/info.ts';
import { authorize } from './authorize.ts';
import { createAuthorizer } from './create-authorizer.ts';
import { StoredRoles } from './rbac/roles.fixture.ts';

const info = (method: string, url: string) => {
  const [path = '', query = ''] = url.split('?');
  return requestInfo(method, path, new URLSearchParams(query));
};

const authorizer = createAuthorizer(StoredRoles.withDefaults().resources);

const user = (name: string, ...groups: string[]) => ({ name, groups: [...groups, 'system:authenticated'] });
const scheduler = user('system:kube-scheduler');
const controllers = user('system:kube-controller-manager');
const proxy = user('system:kube-proxy');
const admin = user('kubernetes-admin', 'system:masters');
const somebody = user('somebody');
const nobody = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

describe('who may do what', () => {
  test.each<[ReturnType<typeof user>, string, string, boolean]>([
    [admin, 'DELETE', '/api/v1/namespaces/kube-system/secrets/s', true],
    [nobody, 'GET', '/healthz', true],
    [nobody, 'GET', '/version', true],
    [nobody, 'GET', '/apis', false],
    [nobody, 'POST', '/healthz', false],
    [somebody, 'GET', '/apis/apps/v1', true],
    [somebody, 'GET', '/openapi/v3/api/v1', true],
    [somebody, 'GET', '/metrics', false],
    [somebody, 'GET', '/api/v1/namespaces/default/pods', false],
    [scheduler, 'GET', '/api/v1/pods?watch=1', true],
    [scheduler, 'POST', '/api/v1/namespaces/d/pods/p/binding', true],
    [scheduler, 'POST', '/api/v1/namespaces/d/pods', false],
    [scheduler, 'GET', '/api/v1/namespaces/d/secrets/s', false],
    [controllers, 'POST', '/api/v1/namespaces/d/pods', true],
    [controllers, 'PUT', '/api/v1/namespaces/n/finalize', true],
    [controllers, 'POST', '/api/v1/nodes', false],
    [proxy, 'GET', '/apis/discovery.k8s.io/v1/endpointslices', true],
    [proxy, 'DELETE', '/api/v1/namespaces/d/services/s', false],
  ])('%o %s %s: %s', (who, method, url, allowed) => {
    const attempt = () => authorize(authorizer, who, info(method, url));
    if (allowed) expect(attempt).not.toThrow();
    else expect(attempt).toThrow(/ cannot /);
  });
});
