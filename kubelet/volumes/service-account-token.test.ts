import { expect, test } from 'vitest';
import type { Container, PodSpec } from '../../api/types.ts';
import { commonUser, tokenFiles } from './service-account-token.ts';

const container = (name: string, runAsUser?: number): Container => ({
  name,
  ...(runAsUser !== undefined && { securityContext: { runAsUser } }),
});

test.each<[string, PodSpec, number | undefined]>([
  ['nobody says', { containers: [container('a')] }, undefined],
  ['the pod says', { securityContext: { runAsUser: 7 }, containers: [container('a')] }, 7],
  ['all say the same', { containers: [container('a', 7)], initContainers: [container('b', 7)] }, 7],
  [
    'one says something else',
    { securityContext: { runAsUser: 7 }, containers: [container('a'), container('b', 8)] },
    undefined,
  ],
  ['one does not say', { containers: [container('a', 7), container('b')] }, undefined],
])('whose the file is: %s', (_, spec, user) => {
  expect(commonUser({ metadata: {}, spec })).toBe(user);
});

test.each<[string, PodSpec['securityContext'], object]>([
  ['anybody', undefined, { mode: 0o644 }],
  ['the user of all containers', { runAsUser: 7 }, { mode: 0o600, user: 7 }],
  // Its group is let in when the volume is given to it.
  ['a group', { fsGroup: 9 }, { mode: 0o600 }],
])('who reads it: %s', async (_, securityContext, file) => {
  const pod = { metadata: {}, spec: { containers: [container('a')], ...(securityContext && { securityContext }) } };
  const context = { pod, serviceAccountToken: async () => 'secret' };
  const files = await tokenFiles(context, { path: 'token' }, 0o644);
  expect([...files]).toEqual([['token', { data: Buffer.from('secret'), ...file }]]);
});
