import { expect, test } from 'vitest';
import { requestInfo } from './info.ts';

const read = (method: string, url: string) => {
  const [path = '', query = ''] = url.split('?');
  const { isResource, verb, group, namespace, resource, name, subresource } = requestInfo(
    method,
    path,
    new URLSearchParams(query),
  );
  return isResource ? [verb, group, namespace, resource, name, subresource].join('|') : verb;
};

test.each<[string, string, string]>([
  ['GET', '/api/v1/pods', 'list|||pods||'],
  ['GET', '/api/v1/pods?watch=true', 'watch|||pods||'],
  ['GET', '/api/v1/pods?watch=0', 'list|||pods||'],
  ['GET', '/api/v1/namespaces/default/pods', 'list||default|pods||'],
  ['POST', '/api/v1/namespaces/default/pods', 'create||default|pods||'],
  ['DELETE', '/api/v1/namespaces/default/pods', 'deletecollection||default|pods||'],
  ['GET', '/api/v1/namespaces/default/pods/web', 'get||default|pods|web|'],
  ['HEAD', '/api/v1/namespaces/default/pods/web/', 'get||default|pods|web|'],
  ['PUT', '/api/v1/namespaces/default/pods/web/status', 'update||default|pods|web|status'],
  ['PATCH', '/apis/apps/v1/namespaces/d/deployments/a/scale', 'patch|apps|d|deployments|a|scale'],
  ['DELETE', '/api/v1/nodes/n1', 'delete|||nodes|n1|'],
  ['GET', '/api/v1/namespaces/default', 'get||default|namespaces|default|'],
  ['PUT', '/api/v1/namespaces/default/finalize', 'update||default|namespaces|default|finalize'],
  ['GET', '/api/v1/watch/namespaces/d/pods/web', 'watch||d|pods|web|'],
  ['DELETE', '/api/v1/watch/namespaces/d/pods/web', '||d|pods|web|'],
  ['POST', '/api/v1/watch/namespaces/d/pods', '||d|pods||'],
  ['OPTIONS', '/api/v1/pods', '|||pods||'],
  ['GET', '/api/v1', 'get'],
  ['GET', '/apis/apps/v1', 'get'],
  ['GET', '/healthz', 'get'],
  ['POST', '/', 'post'],
  ['GET', '//', 'get'],
])('%s %s', (method, url, expected) => {
  expect(read(method, url)).toBe(expected);
});
