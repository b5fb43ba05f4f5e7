/** The rules of kinds, as tables: an object, or an update, and what is wrong with it in Kubernetes' words. */
import { describe, expect, test } from 'vitest';
import type { AnyKind } from '../kinds/all.ts';
import { configmaps } from '../kinds/configmaps.ts';
import { deployments } from '../kinds/deployments.ts';
import { nodes } from '../kinds/nodes.ts';
import { pods } from '../kinds/pods.ts';
import { replicasets } from '../kinds/replicasets.ts';
import { secrets } from '../kinds/secrets.ts';
import { services } from '../kinds/services.ts';
import type { KubeObject } from '../types.ts';

const named = (rest: object) => ({ metadata: { name: 'a', namespace: 'default' }, ...rest });

/** What the registry does with a new object, up to the rules. */
function errorsOf(kind: AnyKind, object: object, old?: object): string[] {
  const copies = [object, old].map((o) => o && (structuredClone(named(o)) as KubeObject));
  for (const copy of copies) if (copy) kind.setDefaults?.(copy);
  return (kind.validate?.(copies[0]!, copies[1]) ?? []).map((e) => `${e.field}: ${e.message}`);
}

const any = (kind: unknown): AnyKind => kind as AnyKind;

describe('rules', () => {
  const container = { name: 'a', image: 'i:1' };
  const pod = (spec: object) => ({ spec: { containers: [container], ...spec } });
  const workload = (spec: object) => ({
    spec: {
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, ...pod({}) },
      ...spec,
    },
  });

  test.each<[kind: unknown, object: object, error: string | undefined]>([
    [pods, pod({}), undefined],
    [pods, {}, 'spec.containers: Required value'],
    [pods, pod({ containers: [] }), 'spec.containers: Required value'],
    [pods, pod({ containers: [container, container] }), 'spec.containers[1].name: Duplicate value: "a"'],
    [pods, pod({ containers: [{ name: 'a' }] }), 'spec.containers[0].image: Required value'],
    [
      pods,
      pod({ restartPolicy: 'Maybe' }),
      'spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "Never", "OnFailure"',
    ],
    [
      pods,
      pod({ terminationGracePeriodSeconds: -1 }),
      'spec.terminationGracePeriodSeconds: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      pods,
      pod({ volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/' } }] }),
      'spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type',
    ],
    [
      pods,
      pod({ volumes: [{ name: 'v', hostPath: { path: '/a/../b' } }] }),
      `spec.volumes[0].hostPath.path: Invalid value: "/a/../b": must not contain '..'`,
    ],
    [
      pods,
      pod({ volumes: [{ name: 'v', configMap: { name: 'c', defaultMode: 512 } }] }),
      'spec.volumes[0].configMap.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
    ],
    [
      pods,
      pod({ containers: [{ ...container, volumeMounts: [{ name: 'x', mountPath: '/x' }] }] }),
      'spec.containers[0].volumeMounts[0].name: Not found: "x"',
    ],
    [
      pods,
      pod({
        containers: [
          { ...container, env: [{ name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] },
        ],
      }),
      'spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
    ],
    [
      pods,
      pod({ containers: [{ ...container, env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.foo' } } }] }] }),
      'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.foo": error converting fieldPath: field label not supported: spec.foo',
    ],
    [
      pods,
      pod({ containers: [{ ...container, readinessProbe: { httpGet: { port: 0 } } }] }),
      'spec.containers[0].readinessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive',
    ],
    [
      pods,
      pod({ containers: [{ ...container, livenessProbe: { exec: { command: ['x'] }, successThreshold: 2 } }] }),
      'spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1',
    ],
    [
      pods,
      pod({ initContainers: [{ name: 'i', image: 'i:1', livenessProbe: { exec: { command: ['x'] } } }] }),
      'spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ],
    [
      pods,
      pod({ tolerations: [{ value: 'x' }] }),
      'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ],
    [
      pods,
      pod({ dnsPolicy: 'None' }),
      'spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None',
    ],
    [replicasets, workload({}), undefined],
    [replicasets, workload({ replicas: -1 }), 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    [
      replicasets,
      workload({ selector: {} }),
      'spec.selector: Invalid value: {}: empty selector is invalid for deployment',
    ],
    [replicasets, workload({ selector: undefined }), 'spec.selector: Required value'],
    [
      replicasets,
      workload({ selector: { matchLabels: { a: 'c' } } }),
      'spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`',
    ],
    [
      deployments,
      workload({ strategy: { type: 'Recreate', rollingUpdate: {} } }),
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
    [
      deployments,
      workload({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } } }),
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0',
    ],
    [configmaps, { data: { 'a/b': '' } }, 'data[a/b]: Invalid value: "a/b": a valid config key must consist of'],
    [
      configmaps,
      { data: { a: '' }, binaryData: { a: '' } },
      'data[a]: Invalid value: "a": duplicate of key present in binaryData',
    ],
    [configmaps, { data: { constructor: '' } }, undefined],
    [configmaps, { data: { a: 'x'.repeat(1024 * 1024 + 1) } }, '[]: Too long: may not be more than 1048576 bytes'],
    [secrets, { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } }, 'data[tls.key]: Required value'],
    [services, { spec: { ports: [{ port: 80 }] } }, undefined],
    [services, { spec: {} }, 'spec.ports: Required value'],
    [services, { spec: { clusterIP: 'None' } }, undefined],
    [services, { spec: { ports: [{ port: 80 }, { port: 81 }] } }, 'spec.ports[0].name: Required value'],
    [
      services,
      {
        spec: {
          ports: [
            { port: 80, name: 'a' },
            { port: 80, name: 'b' },
          ],
        },
      },
      'spec.ports[1]: Duplicate value: {"port":80,"protocol":"TCP"}',
    ],
    [
      services,
      { spec: { type: 'Magic', ports: [{ port: 80 }] } },
      'spec.type: Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
    [
      services,
      { spec: { ports: [{ port: 80, nodePort: 30000 }] } },
      "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
    ],
    [services, { spec: { type: 'ExternalName' } }, 'spec.externalName: Required value'],
    [
      nodes,
      { spec: { taints: [{ key: 'a', effect: 'Explode' }] } },
      'spec.taints[0].effect: Unsupported value: "Explode"',
    ],
  ])('%# %j: %s', (kind, object, error) => {
    const errors = errorsOf(any(kind), object);
    if (error === undefined) expect(errors).toEqual([]);
    else expect(errors).toContainEqual(expect.stringContaining(error));
  });

  test.each<[what: string, kind: unknown, old: object, object: object, error: string | undefined]>([
    ['an image', pods, pod({}), pod({ containers: [{ ...container, image: 'j:2' }] }), undefined],
    ['one more toleration', pods, pod({}), pod({ tolerations: [{ key: 'a', operator: 'Exists' }] }), undefined],
    [
      'one toleration less',
      pods,
      pod({ tolerations: [{ key: 'a', operator: 'Exists' }] }),
      pod({}),
      'spec.tolerations: Forbidden: existing toleration can not be modified',
    ],
    [
      'a command',
      pods,
      pod({}),
      pod({ containers: [{ ...container, command: ['x'] }] }),
      'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,',
    ],
    [
      'what differs is named',
      pods,
      pod({}),
      pod({ containers: [{ ...container, command: ['x'] }], nodeName: 'n' }),
      'changed: spec.containers[0].command, spec.nodeName',
    ],
    [
      'one more container',
      pods,
      pod({}),
      pod({ containers: [container, { name: 'b', image: 'i:1' }] }),
      'spec.containers: Forbidden: pod updates may not add or remove containers',
    ],
    ['a shorter deadline', pods, pod({ activeDeadlineSeconds: 9 }), pod({ activeDeadlineSeconds: 5 }), undefined],
    [
      'a longer deadline',
      pods,
      pod({ activeDeadlineSeconds: 5 }),
      pod({ activeDeadlineSeconds: 9 }),
      'spec.activeDeadlineSeconds: Invalid value: 9: must be less than or equal to previous value',
    ],
    [
      'a new scheduling gate',
      pods,
      pod({}),
      pod({ schedulingGates: [{ name: 'g' }] }),
      "spec.schedulingGates: Forbidden: only deletion is allowed, but found new scheduling gate 'g'",
    ],
    [
      'a selector',
      deployments,
      workload({}),
      workload({ selector: { matchLabels: { a: 'c' } } }),
      'spec.selector: Invalid value: {"matchLabels":{"a":"c"}}: field is immutable',
    ],
    [
      'immutable data',
      configmaps,
      { immutable: true, data: { a: '1' } },
      { immutable: true, data: { a: '2' } },
      'data: Forbidden: field is immutable when `immutable` is set',
    ],
    [
      'immutability',
      secrets,
      { immutable: true },
      {},
      'immutable: Forbidden: field is immutable when `immutable` is set',
    ],
    ['a secret’s type', secrets, {}, { type: 'x' }, 'type: Invalid value: "x": field is immutable'],
    [
      'an address',
      services,
      { spec: { clusterIP: '10.0.0.1', ports: [{ port: 80 }] } },
      { spec: { clusterIP: '10.0.0.2', ports: [{ port: 80 }] } },
      'spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set',
    ],
    [
      'a pod range',
      nodes,
      { spec: { podCIDR: '10.0.0.0/24', podCIDRs: ['10.0.0.0/24'] } },
      { spec: { podCIDR: '10.0.1.0/24', podCIDRs: ['10.0.1.0/24'] } },
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
    ],
  ])('an update of %s', (_what, kind, old, object, error) => {
    const errors = errorsOf(any(kind), object, old);
    if (error === undefined) expect(errors).toEqual([]);
    else expect(errors).toContainEqual(expect.stringContaining(error));
  });
});
