import { expect, test } from 'vitest';
import type { AuditEvent } from '../../api/audit-event.ts';
import { type AuditFilter, isWanted } from './filter.ts';
import { row } from './row.ts';

const event = (more: Partial<AuditEvent> = {}): AuditEvent => ({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'Metadata',
  auditID: 'id',
  stage: 'ResponseComplete',
  requestURI: '/apis/apps/v1/namespaces/default/deployments/web',
  verb: 'patch',
  user: { username: 'alice' },
  sourceIPs: ['10.0.0.1'],
  objectRef: { resource: 'deployments', apiGroup: 'apps', apiVersion: 'v1', namespace: 'default', name: 'web' },
  responseStatus: { metadata: {}, code: 200 },
  requestReceivedTimestamp: '2026-11-21T11:28:56.123456Z',
  stageTimestamp: '2026-11-21T11:28:56.130000Z',
  annotations: { 'audit.minik.io/revision': '204' },
  ...more,
});
const web = { group: 'apps', plural: 'deployments', namespaced: true, name: 'web' };
const all: AuditFilter = { sinceMs: 0, namespace: undefined, objects: [], users: [], verbs: [], status: false };

test.each<[string, Partial<AuditEvent>, Partial<AuditFilter>, boolean]>([
  ['everything', {}, {}, true],
  ['another stage', { stage: 'RequestReceived' }, {}, false],
  ['a stream that has begun', { stage: 'ResponseStarted' }, {}, false],
  ['who could not be authenticated', { stage: 'ResponseStarted', user: {} }, {}, true],
  ['a panic', { stage: 'Panic' }, {}, true],
  ['later', {}, { sinceMs: Date.parse('2026-11-21T11:28:57Z') }, false],
  ['the namespace', {}, { namespace: 'default' }, true],
  ['another namespace', {}, { namespace: 'dev' }, false],
  ['the user', {}, { users: ['bob', 'alice'] }, true],
  ['another user', {}, { users: ['bob'] }, false],
  ['who acted as the user', { impersonatedUser: { username: 'bob' } }, { users: ['bob'] }, true],
  ['the verb', {}, { verbs: ['delete', 'patch'] }, true],
  ['another verb', {}, { verbs: ['delete'] }, false],
  ['the object', {}, { objects: [web], namespace: 'default' }, true],
  ['an object of that name elsewhere', {}, { objects: [web], namespace: 'dev' }, false],
  ['one of that name of another kind', {}, { objects: [{ ...web, plural: 'statefulsets' }] }, false],
  ['one of that name of another group', {}, { objects: [{ ...web, group: 'example.com' }] }, false],
  ['another name', {}, { objects: [{ ...web, name: 'db' }] }, false],
  ['the kind', {}, { objects: [{ ...web, name: undefined }] }, true],
  ['one of several', {}, { objects: [{ ...web, name: 'db' }, web] }, true],
])('%s', (_, change, filter, wanted) => expect(isWanted(event(change), { ...all, ...filter })).toBe(wanted));

test('reports of status only where they are asked for; other subresources always', () => {
  const status = event({
    objectRef: { resource: 'deployments', apiGroup: 'apps', name: 'web', subresource: 'status' },
  });
  expect(isWanted(status, all)).toBe(false);
  expect(isWanted(status, { ...all, status: true })).toBe(true);
  const scale = event({ objectRef: { resource: 'deployments', apiGroup: 'apps', name: 'web', subresource: 'scale' } });
  expect(isWanted(scale, { ...all, objects: [web] })).toBe(true);
});

test('an object that was deleted with its collection', () => {
  const deleted = event({
    verb: 'deletecollection',
    objectRef: { resource: 'deployments', apiGroup: 'apps', namespace: 'default' },
    annotations: { 'audit.minik.io/revision': 'db=7,web=8' },
  });
  expect(isWanted(deleted, { ...all, objects: [web], namespace: 'default' })).toBe(true);
  expect(isWanted(deleted, { ...all, objects: [{ ...web, name: 'we' }] })).toBe(false);
});

test('what is in no namespace is found by its name in any', () => {
  const node = event({ objectRef: { resource: 'nodes', name: 'minik-1' } });
  const objects = [{ group: '', plural: 'nodes', namespaced: false, name: 'minik-1' }];
  expect(isWanted(node, { ...all, namespace: 'default' })).toBe(false);
  expect(isWanted(node, { ...all, namespace: 'default', objects })).toBe(true);
});

const narrow = { namespace: false, wide: false };

test.each<[string, Partial<AuditEvent>, string[]]>([
  ['a patch', {}, ['alice', 'patch', 'deployments.apps/web', '200', '10.0.0.1', '204']],
  [
    'as somebody else, over a proxy',
    { impersonatedUser: { username: 'bob' }, sourceIPs: ['1.1.1.1', '10.0.0.1'] },
    ['bob (by alice)', 'patch', 'deployments.apps/web', '200', '1.1.1.1,10.0.0.1', '204'],
  ],
  [
    'a subresource, refused',
    {
      verb: 'create',
      objectRef: { resource: 'pods', namespace: 'default', name: 'web', subresource: 'exec' },
      responseStatus: { metadata: {}, code: 403 },
      annotations: {},
    },
    ['alice', 'create', 'pods/web/exec', '403', '10.0.0.1', '<none>'],
  ],
  [
    'a collection',
    { verb: 'deletecollection', objectRef: { resource: 'pods', namespace: 'default' } },
    ['alice', 'deletecollection', 'pods', '200', '10.0.0.1', '204'],
  ],
  [
    'a log of kube-apiserver, with bodies',
    { annotations: {}, responseObject: { metadata: { resourceVersion: '99' } } },
    ['alice', 'patch', 'deployments.apps/web', '200', '10.0.0.1', '99'],
  ],
])('a row: %s', (_, change, cells) => expect(row(event(change), narrow)).toEqual(['2026-11-21T11:28:56Z', ...cells]));

test('a wide row of all namespaces', () => {
  expect(row(event({ userAgent: 'kubectl/v1' }), { namespace: true, wide: true }).join(' ')).toBe(
    '2026-11-21T11:28:56Z default alice patch deployments.apps/web 200 10.0.0.1 204 <none> id kubectl/v1',
  );
});
