import { expect, test } from 'vitest';
import type { Pod } from '../types.ts';
import { validatePodAnnotations } from './pod-annotations.ts';

const mirror = 'kubernetes.io/config.mirror';
const appArmor = 'container.apparmor.security.beta.kubernetes.io/app';
const pod = (annotations: Record<string, string>, nodeName = 'n1') =>
  ({ metadata: { name: 'a', annotations }, spec: { nodeName, containers: [] } }) as Pod;

test.each<[string, Pod, Pod | undefined, string[]]>([
  ['a mirror pod', pod({ [mirror]: 'x' }), undefined, []],
  [
    'a mirror pod without a node',
    pod({ [mirror]: 'x' }, ''),
    undefined,
    [`metadata.annotations[${mirror}]: Invalid value: "x": must set spec.nodeName if mirror pod annotation is set`],
  ],
  ['nothing new', pod({ [mirror]: 'x', [appArmor]: 'y', a: 'c' }), pod({ [mirror]: 'x', [appArmor]: 'y', a: 'b' }), []],
  [
    'added',
    pod({ [mirror]: 'x', [appArmor]: 'y' }),
    pod({}),
    [
      `metadata.annotations[${mirror}]: Forbidden: may not add mirror pod annotation`,
      `metadata.annotations[${appArmor}]: Forbidden: may not add AppArmor annotations`,
    ],
  ],
  [
    'removed',
    pod({}),
    pod({ [mirror]: 'x' }),
    [`metadata.annotations[${mirror}]: Forbidden: may not remove or update mirror pod annotation`],
  ],
  [
    'changed',
    pod({ [appArmor]: 'unconfined' }),
    pod({ [appArmor]: 'y' }),
    [`metadata.annotations[${appArmor}]: Forbidden: may not remove or update AppArmor annotations`],
  ],
])('%s', (_, next, old, errors) => {
  expect(validatePodAnnotations(next, old).map(({ field, message }) => `${field}: ${message}`)).toEqual(errors);
});
