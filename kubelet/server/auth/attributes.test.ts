import { expect, test } from 'vitest';
import { attributesOf } from './attributes.ts';

test.each<[string, string, string]>([
  ['GET', '/pods', 'get pods proxy'],
  ['GET', '/pods/', 'get pods proxy'],
  ['GET', '/runningpods/', 'get pods proxy'],
  ['GET', '/podsx', 'get proxy'],
  ['GET', '/healthz', 'get healthz proxy'],
  ['GET', '/healthz/ping', 'get healthz proxy'],
  ['GET', '/livez', 'get proxy'],
  ['GET', '/configz', 'get configz proxy'],
  ['GET', '/stats/summary', 'get stats'],
  ['GET', '/metrics', 'get metrics'],
  ['GET', '/metrics/cadvisor', 'get metrics'],
  ['GET', '/logs/', 'get log'],
  ['POST', '/checkpoint/ns/pod/c', 'create checkpoint'],
  ['GET', '/containerLogs/ns/pod/c', 'get proxy'],
  ['POST', '/exec/ns/pod/c', 'create proxy'],
  ['GET', '/exec/ns/pod/c', 'get proxy'],
  ['PUT', '/', 'update proxy'],
  ['PATCH', '/', 'patch proxy'],
  ['DELETE', '/', 'delete proxy'],
  ['OPTIONS', '/pods', ' pods proxy'],
  ['GET', '/Pods', 'get proxy'],
  ['GET', '/%70ods', 'get proxy'],
  ['GET', '/stats%2fsummary', 'get proxy'],
])('%s %s: %s', (method, path, expected) => {
  const { verb, subresources } = attributesOf(method, path);
  expect([verb, ...subresources].join(' ')).toBe(expected);
});
