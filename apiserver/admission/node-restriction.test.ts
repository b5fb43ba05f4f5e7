import { describe, expect, test } from 'vitest';
import { allKinds } from '../../api/kinds/all.ts';
import type { KubeObject, Pod } from '../../api/types.ts';
import { Entry } from '../cache/entry.ts';
import { builtInResources } from '../registry/resource.ts';
import { Resources } from '../registry/resources.ts';
import type { Served } from '../registry/served.ts';
import { nodeRestriction } from './node-restriction.ts';
import type { Admission } from './plugin.ts';

const resources = new Resources(builtInResources(allKinds));

function put(group: string, plural: string, object: KubeObject): void {
  const { namespace, name } = object.metadata;
  const key = namespace ? `${namespace}/${name}` : name!;
  const entry = new Entry(key, 2, Buffer.from(JSON.stringify(object)));
  resources.must(group, plural).cache.apply([{ key, revision: 2, entry }]);
}

const pod = (name: string, nodeName: string, spec: object = {}, metadata: object = {}): Pod => ({
  metadata: { name, namespace: 'ns', uid: `uid-${name}`, ...metadata },
  spec: { containers: [], nodeName, ...spec },
});

const token = (audience?: string) => ({ serviceAccountToken: { path: 'token', ...(audience && { audience }) } });
put('', 'nodes', { metadata: { name: 'a', uid: 'uid-a' } });
put('', 'pods', pod('mine', 'a', { volumes: [{ name: 'v', projected: { sources: [token(), token('vault')] } }] }));
put('', 'pods', pod('plain', 'a'));
put(
  '',
  'pods',
  pod('driven', 'a', {
    volumes: [
      { name: 'v', csi: { driver: 'd' } },
      { name: 'w', ephemeral: {} },
    ],
  }),
);
put('', 'pods', pod('theirs', 'b'));
put('storage.k8s.io', 'csidrivers', {
  metadata: { name: 'd' },
  spec: { tokenRequests: [{ audience: 'disk' }] },
} as KubeObject);
put('storage.k8s.io', 'csidrivers', {
  metadata: { name: 'e' },
  spec: { tokenRequests: [{ audience: 'tape' }] },
} as KubeObject);
put('', 'persistentvolumeclaims', {
  metadata: { name: 'driven-w', namespace: 'ns' },
  spec: { volumeName: 'pv' },
} as KubeObject);
put('', 'persistentvolumes', {
  metadata: { name: 'pv' },
  spec: { csi: { driver: 'e', volumeHandle: 'h' } },
} as KubeObject);

/** Everybody may ask for the audience `open`. */
const authorizer: Served['authorizer'] = {
  decide: (_, { verb, resource, name }) => ({
    allowed: verb === 'request-serviceaccounts-token-audience' && resource === 'open' && name === 'builder',
    reason: '',
  }),
} as Served['authorizer'];

interface Attempt {
  group?: string;
  plural: string;
  operation: 'create' | 'update' | 'delete';
  subresource?: string;
  namespace?: string;
  name?: string;
  object?: unknown;
  old?: unknown;
}

/** What the refusal of that attempt says; undefined when it passes. */
function refusal({ group = '', plural, ...attempt }: Attempt, name = 'system:node:a'): string | undefined {
  const resource = resources.must(group, plural);
  const user = { name, groups: ['system:nodes', 'system:authenticated'] };
  const admission = {
    subresource: '',
    namespace: '',
    name: '',
    ...attempt,
    resource,
    kind: resource.kind,
    options: { user, warnings: [], auditAnnotations: {}, dryRun: false },
    served: { resources, authorizer },
  } as unknown as Admission;
  try {
    nodeRestriction.mutate?.(admission);
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(/^\S+ "[^"]*" is forbidden: /, '');
  }
}

const owner = { apiVersion: 'v1', kind: 'Node', name: 'a', uid: 'uid-a', controller: true };
const mirror = (spec: object = {}, ownerReferences: object[] = [owner]): Pod => {
  const { uid: _, ...metadata } = pod('m', 'a').metadata;
  const annotations = { 'kubernetes.io/config.mirror': 'x' };
  return pod('m', 'a', spec, { ...metadata, annotations, ownerReferences });
};
const inPod = { plural: 'pods', namespace: 'ns' } as const;
const volumes = (...sources: object[]) => ({ volumes: sources.map((source) => ({ name: 'v', ...source })) });

describe('pods', () => {
  test.each<[string, Attempt, string | undefined]>([
    ['a mirror pod', { ...inPod, operation: 'create', object: mirror() }, undefined],
    [
      'an ordinary pod',
      { ...inPod, operation: 'create', object: pod('m', 'a') },
      'pod does not have "kubernetes.io/config.mirror" annotation, node "a" can only create mirror pods',
    ],
    [
      'a mirror pod elsewhere',
      { ...inPod, operation: 'create', object: mirror({ nodeName: 'b' }) },
      'node "a" can only create pods with spec.nodeName set to itself',
    ],
    [
      'one without an owner',
      { ...inPod, operation: 'create', object: mirror({}, []) },
      'node "a" can only create pods with an owner reference set to itself',
    ],
    [
      'one of two owners',
      { ...inPod, operation: 'create', object: mirror({}, [owner, owner]) },
      'node "a" can only create pods with a single owner reference set to itself',
    ],
    [
      'one of another node',
      { ...inPod, operation: 'create', object: mirror({}, [{ ...owner, name: 'b' }]) },
      'node "a" can only create pods with an owner reference set to itself',
    ],
    [
      'one that it does not control',
      { ...inPod, operation: 'create', object: mirror({}, [{ ...owner, controller: false }]) },
      'node "a" can only create pods with a controller owner reference set to itself',
    ],
    [
      'one that blocks',
      { ...inPod, operation: 'create', object: mirror({}, [{ ...owner, blockOwnerDeletion: true }]) },
      'node "a" must not set blockOwnerDeletion on an owner reference',
    ],
    [
      'one of an earlier node',
      { ...inPod, operation: 'create', object: mirror({}, [{ ...owner, uid: 'old' }]) },
      'node a UID mismatch: expected old got uid-a',
    ],
    [
      'with an account',
      { ...inPod, operation: 'create', object: mirror({ serviceAccountName: 'x' }) },
      'node "a" can not create pods that reference a service account',
    ],
    [
      'with a secret',
      { ...inPod, operation: 'create', object: mirror(volumes({ secret: { secretName: 's' } })) },
      'node "a" can not create pods that reference secrets',
    ],
    [
      'with a configmap',
      { ...inPod, operation: 'create', object: mirror(volumes({ configMap: { name: 's' } })) },
      'node "a" can not create pods that reference configmaps',
    ],
    [
      'with a trust bundle',
      {
        ...inPod,
        operation: 'create',
        object: mirror(volumes({ projected: { sources: [{ clusterTrustBundle: { path: 'p' } }] } })),
      },
      'node "a" can not create pods that reference clustertrustbundles',
    ],
    [
      'with a claim',
      { ...inPod, operation: 'create', object: mirror(volumes({ persistentVolumeClaim: { claimName: 's' } })) },
      'node "a" can not create pods that reference persistentvolumeclaims',
    ],
    [
      'with a resource claim',
      { ...inPod, operation: 'create', object: mirror({ resourceClaims: [{ name: 'r' }] }) },
      'node "a" can not create pods that reference resourceclaims',
    ],
    ['the end of its pod', { ...inPod, operation: 'delete', name: 'mine', old: pod('mine', 'a') }, undefined],
    [
      'the end of another pod',
      { ...inPod, operation: 'delete', name: 'theirs', old: pod('theirs', 'b') },
      'node "a" can only delete pods with spec.nodeName set to itself',
    ],
    [
      'a change of its pod',
      { ...inPod, operation: 'update', name: 'mine', old: pod('mine', 'a'), object: pod('mine', 'a') },
      'unexpected operation "UPDATE", node "a" can only create and delete mirror pods',
    ],
    [
      'the status of its pod',
      {
        ...inPod,
        operation: 'update',
        subresource: 'status',
        name: 'mine',
        old: pod('mine', 'a'),
        object: pod('mine', 'a'),
      },
      undefined,
    ],
    [
      'the status of another pod',
      {
        ...inPod,
        operation: 'update',
        subresource: 'status',
        name: 'theirs',
        old: pod('theirs', 'b'),
        object: pod('theirs', 'b'),
      },
      'node "a" can only update pod status for pods with spec.nodeName set to itself',
    ],
    [
      'labels through the status',
      {
        ...inPod,
        operation: 'update',
        subresource: 'status',
        name: 'mine',
        old: pod('mine', 'a'),
        object: pod('mine', 'a', {}, { labels: { x: 'y' } }),
      },
      'node "a" cannot update labels through pod status',
    ],
    [
      'claims through the status',
      {
        ...inPod,
        operation: 'update',
        subresource: 'status',
        name: 'mine',
        old: pod('mine', 'a'),
        object: { ...pod('mine', 'a'), status: { resourceClaimStatuses: [{ name: 'r', resourceClaimName: 'x' }] } },
      },
      'node "a" cannot update resource claim statues',
    ],
    ['the eviction of its pod', { ...inPod, operation: 'create', subresource: 'eviction', name: 'mine' }, undefined],
    [
      'the eviction of another pod',
      { ...inPod, operation: 'create', subresource: 'eviction', name: 'theirs' },
      'node a can only evict pods with spec.nodeName set to itself',
    ],
    [
      'the eviction of no pod',
      { ...inPod, operation: 'create', subresource: 'eviction', name: 'none' },
      'pods "none" not found',
    ],
    [
      'a binding',
      { ...inPod, operation: 'create', subresource: 'binding', name: 'mine' },
      `unexpected pod subresource "binding", only 'status' and 'eviction' are allowed`,
    ],
  ])('%s', (_, attempt, reason) => {
    expect(refusal(attempt)).toBe(reason);
  });
});

describe('nodes', () => {
  const create = (name: string, labels: Record<string, string>): Attempt => ({
    plural: 'nodes',
    operation: 'create',
    object: { metadata: { name, labels } },
  });
  const update = (before: object, after: object, name = 'a'): Attempt => ({
    plural: 'nodes',
    operation: 'update',
    name,
    old: { metadata: { name, labels: { 'kubernetes.io/role': 'x' } }, ...before },
    object: { metadata: { name, labels: { 'kubernetes.io/role': 'x' } }, ...after },
  });
  test.each<[string, Attempt, string | undefined]>([
    [
      'itself',
      create('a', { 'kubernetes.io/hostname': 'a', 'x.node.kubernetes.io/y': 'z', 'example.com/rack': '1', rack: '1' }),
      undefined,
    ],
    ['another', create('b', {}), 'node "a" is not allowed to modify node "b"'],
    [
      'with labels of others',
      create('a', { 'x.node-restriction.kubernetes.io/b': '1', 'node-role.kubernetes.io/master': '', 'k8s.io/x': '' }),
      'node "a" is not allowed to set the following labels: k8s.io/x, node-role.kubernetes.io/master, x.node-restriction.kubernetes.io/b',
    ],
    ['a change of nothing', update({}, {}), undefined],
    ['a change of another', update({}, {}, 'b'), 'node "a" is not allowed to modify node "b"'],
    [
      'a taint that goes',
      update({ spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } }, {}),
      'node "a" is not allowed to modify taints',
    ],
    [
      'an owner',
      update({}, { metadata: { name: 'a', labels: { 'kubernetes.io/role': 'x' }, ownerReferences: [owner] } }),
      'node "a" is not allowed to modify ownerReferences',
    ],
    [
      'a label that goes',
      update({}, { metadata: { name: 'a' } }),
      'is not allowed to modify labels: kubernetes.io/role',
    ],
    [
      'its own label',
      update(
        {},
        { metadata: { name: 'a', labels: { 'kubernetes.io/role': 'x', 'topology.kubernetes.io/zone': 'z' } } },
      ),
      undefined,
    ],
  ])('%s', (_, attempt, reason) => {
    expect(refusal(attempt)).toBe(reason);
  });
});

describe('tokens', () => {
  const request = (name: string, audiences?: string[], uid = `uid-${name}`): Attempt => ({
    plural: 'serviceaccounts',
    operation: 'create',
    subresource: 'token',
    namespace: 'ns',
    name: 'builder',
    object: { metadata: {}, spec: { audiences, boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid } } },
  });
  const bound = (boundObjectRef?: object): Attempt => ({
    ...request('mine'),
    object: { metadata: {}, spec: { boundObjectRef } },
  });
  const unknownAudience = (audience: string): string =>
    `audience "${audience}" not found in pod spec volume, system:node:a is not authorized to request tokens for this audience`;
  test.each<[string, Attempt, string | undefined]>([
    ['of its pod', request('mine'), undefined],
    ['for an audience of the pod', request('mine', ['vault']), undefined],
    ['for another audience', request('mine', ['bank']), unknownAudience('bank')],
    ['for two audiences', request('mine', ['vault', 'bank']), 'node may only request 0 or 1 audiences'],
    ['for an audience that everybody may have', request('plain', ['open']), undefined],
    ['of a pod that has none', request('plain'), unknownAudience('')],
    ['of a driver', request('driven', ['disk']), undefined],
    ['of the driver of a claim', request('driven', ['tape']), undefined],
    ['of another pod', request('theirs'), 'node requested token bound to a pod scheduled on a different node'],
    [
      'of an earlier pod',
      request('mine', [], 'old'),
      'the UID in the bound object reference (old) does not match the UID in record. The object might have been deleted and then recreated',
    ],
    ['of no pod', request('none'), 'pods "none" not found'],
    ['bound to nothing', bound(), 'node requested token not bound to a pod'],
    [
      'bound to a node',
      bound({ apiVersion: 'v1', kind: 'Node', name: 'a', uid: 'uid-a' }),
      'node requested token not bound to a pod',
    ],
    [
      'bound to a pod of any uid',
      bound({ apiVersion: 'v1', kind: 'Pod', name: 'mine' }),
      'node requested token with a pod binding without a uid',
    ],
  ])('%s', (_, attempt, reason) => {
    expect(refusal(attempt)).toBe(reason);
  });
});

describe('other kinds', () => {
  const claim = (rest: object = {}, metadata: object = {}) => ({
    metadata: { name: 'c', namespace: 'ns', ...metadata },
    ...rest,
  });
  const status = (old: object, object: object): Attempt => ({
    plural: 'persistentvolumeclaims',
    operation: 'update',
    subresource: 'status',
    namespace: 'ns',
    name: 'c',
    old,
    object,
  });
  const lease = { group: 'coordination.k8s.io', plural: 'leases', namespace: 'kube-node-lease' } as const;
  const csiNode = { group: 'storage.k8s.io', plural: 'csinodes' } as const;
  const slice = { group: 'resource.k8s.io', plural: 'resourceslices', operation: 'create' } as const;
  test.each<[string, Attempt, string | undefined]>([
    [
      'the capacity of a claim',
      status(
        claim({ status: { phase: 'Bound' } }),
        claim({ status: { phase: 'Bound', capacity: { storage: '1' } } }, { resourceVersion: '7' }),
      ),
      undefined,
    ],
    [
      'the phase of a claim',
      status(claim(), claim({ status: { phase: 'Lost' } })),
      'node "a" is not allowed to update fields other than status.quantity and status.conditions',
    ],
    [
      'a label of a claim',
      status(claim(), claim({}, { labels: { x: 'y' } })),
      'node "a" is not allowed to update fields other than status.quantity and status.conditions',
    ],
    ['a claim itself', { ...status(claim(), claim()), subresource: '' }, 'may only update PVC status'],
    ['its lease', { ...lease, operation: 'create', object: { metadata: { name: 'a' } } }, undefined],
    [
      'another lease',
      { ...lease, operation: 'create', object: { metadata: { name: 'b' } } },
      'can only access node lease with the same name as the requesting node',
    ],
    [
      'a lease elsewhere',
      { ...lease, namespace: 'ns', operation: 'update', name: 'a' },
      'can only access leases in the "kube-node-lease" system namespace',
    ],
    ['its drivers', { ...csiNode, operation: 'update', name: 'a' }, undefined],
    [
      'the drivers of another',
      { ...csiNode, operation: 'create', object: { metadata: { name: 'b' } } },
      'can only access CSINode with the same name as the requesting node',
    ],
    ['its devices', { ...slice, object: { metadata: { name: 's' }, spec: { nodeName: 'a' } } }, undefined],
    [
      'the devices of another',
      { ...slice, object: { metadata: { name: 's' }, spec: { nodeName: 'b' } } },
      'can only create ResourceSlice with the same NodeName as the requesting node',
    ],
    ['an event', { plural: 'events', operation: 'create', namespace: 'ns' }, undefined],
  ])('%s', (_, attempt, reason) => {
    expect(refusal(attempt)).toBe(reason);
  });

  test('a node of no name writes nothing, and who is no node writes what it may', () => {
    const attempt = { plural: 'events', operation: 'create', namespace: 'ns' } as const;
    expect(refusal(attempt, 'system:node:')).toContain('could not determine node from user "system:node:"');
    expect(refusal({ ...inPod, operation: 'create', object: pod('m', 'a') }, 'somebody')).toBeUndefined();
  });
});
