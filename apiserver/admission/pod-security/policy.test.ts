import { expect, test } from 'vitest';
import type { Pod } from '../../../api/types.ts';
import { readPodSecurityConfiguration } from './configuration.ts';
import { existingPodWarnings } from './existing-pods.ts';
import { modes, policyOf, textOf } from './policy.ts';

const { defaults } = readPodSecurityConfiguration(undefined);

test.each([
  [undefined, 'privileged:latest privileged:latest privileged:latest', []],
  [
    { enforce: 'baseline', 'enforce-version': 'v1.30', warn: 'restricted' },
    'baseline:v1.30 privileged:latest restricted:latest',
    [],
  ],
  [
    { enforce: 'strict', audit: 'strict', 'warn-version': '1.30' },
    'restricted:latest privileged:latest privileged:latest',
    [
      'metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted',
      'metadata.labels[pod-security.kubernetes.io/audit]: Invalid value: "strict": must be one of privileged, baseline, restricted',
      'metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "1.30": must be "latest" or "v1.x"',
    ],
  ],
])('labels %j', (labels, expected, problems) => {
  const full = labels && Object.entries(labels).map(([key, value]) => [`pod-security.kubernetes.io/${key}`, value]);
  const { policy, errors } = policyOf(full && Object.fromEntries(full), defaults);
  expect(modes.map((mode) => textOf(policy[mode])).join(' ')).toBe(expected);
  expect(errors.map(({ field, message }) => `${field}: ${message}`)).toEqual(problems);
});

const head = { apiVersion: 'pod-security.admission.config.k8s.io/v1', kind: 'PodSecurityConfiguration' };

test('a configuration gives what labels do not say', () => {
  const read = readPodSecurityConfiguration(
    JSON.stringify({ ...head, defaults: { enforce: 'baseline' }, exemptions: { namespaces: ['kube-system'] } }),
  );
  expect(modes.map((mode) => textOf(read.defaults[mode]))).toEqual([
    'baseline:latest',
    'privileged:latest',
    'privileged:latest',
  ]);
  expect(read.exemptions).toEqual({ usernames: [], namespaces: ['kube-system'], runtimeClasses: [] });
});

test.each([
  [
    { defaults: { enforce: 'lax' } },
    'defaults.enforce: Invalid value: "lax": must be one of privileged, baseline, restricted',
  ],
  [{ exemptions: { usernames: ['ann', 'ann'] } }, 'exemptions.usernames[1]: Duplicate value: "ann"'],
  [
    { exemptions: { namespaces: ['Big'] } },
    'exemptions.namespaces[0]: Invalid value: "Big": a lowercase RFC 1123 label',
  ],
  [{ exemption: {} }, 'unknown field "exemption"'],
  [{ kind: 'Pod' }, 'expected kind "PodSecurityConfiguration"'],
])('a configuration %j is refused', (more, message) => {
  expect(() => readPodSecurityConfiguration(JSON.stringify({ ...head, ...more }))).toThrow(message);
});

test('pods that a new level forbids are named by what they have in common', () => {
  const pod = (name: string, owner: string, privileged: boolean): Pod => ({
    metadata: {
      name,
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner, controller: true }],
    },
    spec: { containers: [{ name: 'c', securityContext: { privileged } }] },
  });
  const pods = [pod('b-1', 'b', true), pod('b-0', 'b', true), pod('a-0', 'a', true), pod('c-0', 'c', false)];
  const baseline = { level: 'baseline', version: 'latest' } as const;
  expect(existingPodWarnings('dev', pods, baseline)).toEqual([
    'existing pods in namespace "dev" violate the new PodSecurity enforce level "baseline:latest"',
    'a-0 (and 2 other pods): privileged',
  ]);
  expect(existingPodWarnings('dev', pods.slice(3), baseline)).toEqual([]);
  const [first] = existingPodWarnings('dev', Array(3001).fill(pods[3]), baseline);
  expect(first).toBe('new PodSecurity enforce level only checked against the first 3000 of 3001 existing pods');
});
