import { describe, expect, test } from 'vitest';
import { allKinds } from '../../../api/kinds/all.ts';
import type { KubeObject, PersistentVolume, Pod } from '../../../api/types.ts';
import { Entry } from '../../cache/entry.ts';
import { builtInResources } from '../../registry/resource.ts';
import { Resources } from '../../registry/resources.ts';
import { requestInfo } from '../../request/info.ts';
import { authorize } from '../authorize.ts';
import { NodeAuthorizer } from './node-authorizer.ts';
import { NodeGraph } from './node-graph.ts';

const node = (name: string) => ({ name: `system:node:${name}`, groups: ['system:nodes', 'system:authenticated'] });

/** A cluster of objects that changes under the authorizer. */
class World {
  readonly resources = new Resources(builtInResources(allKinds));
  readonly authorizer = new NodeAuthorizer(new NodeGraph(this.resources));
  #revision = 1;

  put(group: string, plural: string, object: KubeObject): this {
    return this.#apply(group, plural, object, true);
  }

  remove(group: string, plural: string, object: KubeObject): this {
    return this.#apply(group, plural, object, false);
  }

  #apply(group: string, plural: string, object: KubeObject, present: boolean): this {
    const { namespace, name } = object.metadata;
    const key = namespace ? `${namespace}/${name}` : name!;
    const revision = ++this.#revision;
    const entry = present ? new Entry(key, revision, Buffer.from(JSON.stringify(object))) : undefined;
    this.resources.must(group, plural).cache.apply([{ key, revision, entry }]);
    return this;
  }

  /** The reason for a refusal; undefined when it is allowed. */
  refusal(who: { name: string; groups: string[] }, method: string, url: string): string | undefined {
    const [path = '', query = ''] = url.split('?');
    try {
      authorize(this.authorizer, who, requestInfo(method, path, new URLSearchParams(query)));
      return undefined;
    } catch (error) {
      return (error as Error).message.replace(/.*(cluster scope|namespace "[^"]*"|path "[^"]*"):? ?/, '');
    }
  }
}

const pod = (name: string, nodeName: string | undefined, spec: Partial<Pod['spec'] & object> = {}): Pod => ({
  metadata: { name, namespace: 'ns', uid: `uid-${name}` },
  spec: { containers: [], ...(nodeName && { nodeName }), ...spec },
});

const web = pod('web', 'a', {
  serviceAccountName: 'builder',
  imagePullSecrets: [{ name: 'pull' }],
  initContainers: [
    { name: 'i', envFrom: [{ secretRef: { name: 'init-env' } }, { configMapRef: { name: 'init-map' } }] },
  ],
  containers: [
    { name: 'c', env: [{ name: 'E', valueFrom: { secretKeyRef: { name: 'env', key: 'k' } } }] },
    { name: 'd', env: [{ name: 'E', valueFrom: { configMapKeyRef: { name: 'env-map', key: 'k' } } }] },
  ],
  volumes: [
    { name: 's', secret: { secretName: 'mounted' } },
    { name: 'm', configMap: { name: 'mounted-map' } },
    {
      name: 'p',
      projected: { sources: [{ secret: { name: 'projected' } }, { configMap: { name: 'projected-map' } }] },
    },
    { name: 'v', persistentVolumeClaim: { claimName: 'data' } },
    { name: 'tmp', ephemeral: {} },
  ],
  resourceClaims: [{ name: 'gpu', resourceClaimName: 'gpu-1' }],
});

const volume: PersistentVolume = {
  metadata: { name: 'disk' },
  spec: {
    claimRef: { namespace: 'ns', name: 'data' },
    csi: {
      driver: 'd',
      volumeHandle: 'h',
      nodePublishSecretRef: { namespace: 'kube-system', name: 'disk-key' },
      controllerPublishSecretRef: { namespace: 'kube-system', name: 'controller-key' },
    },
  },
};

const world = (): World =>
  new World()
    .put('', 'pods', web)
    .put('', 'pods', pod('other', 'b', { volumes: [{ name: 's', secret: { secretName: 'of-b' } }] }))
    .put('', 'pods', pod('waiting', undefined, { volumes: [{ name: 's', secret: { secretName: 'of-nobody' } }] }))
    .put('', 'pods', {
      ...pod('static', 'a', { volumes: [{ name: 's', secret: { secretName: 'of-mirror' } }] }),
      metadata: { name: 'static', namespace: 'ns', annotations: { 'kubernetes.io/config.mirror': 'x' } },
    })
    .put('', 'persistentvolumes', volume)
    .put('storage.k8s.io', 'volumeattachments', { metadata: { name: 'at-a' }, spec: { nodeName: 'a' } } as KubeObject)
    .put('resource.k8s.io', 'resourceslices', { metadata: { name: 'of-a' }, spec: { nodeName: 'a' } } as KubeObject);

const unrelated = "no relationship found between node 'a' and this object";
const core = '/api/v1/namespaces/ns';
const leases = '/apis/coordination.k8s.io/v1/namespaces';

describe('what the kubelet of node a may do', () => {
  const state = world();
  test.each<[string, string, string | undefined]>([
    ['GET', `${core}/secrets/mounted`, undefined],
    ['GET', `${core}/secrets/projected`, undefined],
    ['GET', `${core}/secrets/env`, undefined],
    ['GET', `${core}/secrets/init-env`, undefined],
    ['GET', `${core}/secrets/pull`, undefined],
    ['GET', `${core}/secrets?fieldSelector=metadata.name%3Dmounted`, undefined],
    ['GET', `${core}/secrets?fieldSelector=metadata.name%3Dmounted&watch=1`, undefined],
    ['GET', `${core}/secrets?fieldSelector=metadata.name!%3Dmounted`, 'No Object name found'],
    ['GET', `${core}/secrets?fieldSelector=metadata.name%3Dof-b`, unrelated],
    ['GET', `${core}/secrets?fieldSelector=%3D%3D`, 'No Object name found'],
    ['GET', `${core}/secrets`, 'No Object name found'],
    ['GET', '/api/v1/secrets?fieldSelector=metadata.name%3Dmounted', 'can only read namespaced object of this type'],
    ['GET', '/api/v1/namespaces/other/secrets/mounted', unrelated],
    ['GET', `${core}/secrets/of-b`, unrelated],
    ['GET', `${core}/secrets/of-nobody`, unrelated],
    ['GET', `${core}/secrets/of-mirror`, unrelated],
    ['POST', `${core}/secrets`, 'can only read resources of this type'],
    ['DELETE', `${core}/secrets/mounted`, 'can only read resources of this type'],
    ['GET', `${core}/configmaps/mounted-map`, undefined],
    ['GET', `${core}/configmaps/projected-map`, undefined],
    ['GET', `${core}/configmaps/env-map`, undefined],
    ['GET', `${core}/configmaps/init-map`, undefined],
    ['GET', `${core}/configmaps/mounted`, unrelated],
    ['GET', `${core}/persistentvolumeclaims/data`, undefined],
    ['GET', `${core}/persistentvolumeclaims/web-tmp`, undefined],
    ['GET', `${core}/persistentvolumeclaims/of-b`, unrelated],
    ['GET', `${core}/persistentvolumeclaims`, 'can only get individual resources of this type'],
    ['PATCH', `${core}/persistentvolumeclaims/data/status`, undefined],
    ['PATCH', `${core}/persistentvolumeclaims/data`, 'can only get individual resources of this type'],
    ['GET', '/api/v1/persistentvolumes/disk', undefined],
    ['GET', '/api/v1/persistentvolumes/none', unrelated],
    ['GET', '/api/v1/namespaces/kube-system/secrets/disk-key', undefined],
    ['GET', '/api/v1/namespaces/kube-system/secrets/controller-key', unrelated],
    ['GET', '/apis/resource.k8s.io/v1/namespaces/ns/resourceclaims/gpu-1', undefined],
    ['GET', '/apis/resource.k8s.io/v1/namespaces/ns/resourceclaims/gpu-2', unrelated],
    ['GET', '/apis/resource.k8s.io/v1/resourceslices/of-a', undefined],
    ['GET', '/apis/resource.k8s.io/v1/resourceslices?fieldSelector=spec.nodeName%3Da', undefined],
    [
      'GET',
      '/apis/resource.k8s.io/v1/resourceslices',
      'can only list/watch/deletecollection resourceslices with nodeName field selector',
    ],
    ['GET', '/apis/storage.k8s.io/v1/volumeattachments/at-a', undefined],
    ['POST', `${core}/serviceaccounts/builder/token`, undefined],
    ['POST', `${core}/serviceaccounts/default/token`, unrelated],
    ['POST', `${core}/serviceaccounts`, 'can only create tokens for individual service accounts'],
    ['GET', `${core}/serviceaccounts/builder`, undefined],
    ['GET', `${core}/serviceaccounts/default`, unrelated],
    ['PUT', `${leases}/kube-node-lease/leases/a`, undefined],
    ['POST', `${leases}/kube-node-lease/leases`, undefined],
    [
      'PUT',
      `${leases}/kube-node-lease/leases/b`,
      'can only access node lease with the same name as the requesting node',
    ],
    ['PUT', `${leases}/kube-system/leases/a`, 'can only access leases in the "kube-node-lease" system namespace'],
    ['GET', `${leases}/kube-node-lease/leases`, 'can only get, create, update, patch, or delete a node lease'],
    ['GET', '/apis/storage.k8s.io/v1/csinodes/b', 'can only access CSINode with the same name as the requesting node'],
    ['PUT', '/apis/storage.k8s.io/v1/csinodes/a', undefined],
    ['GET', '/api/v1/nodes/a', undefined],
    ['GET', '/api/v1/nodes?fieldSelector=metadata.name%3Da&watch=true', undefined],
    ['GET', '/api/v1/nodes/b', "node 'a' cannot read 'b', only its own Node object"],
    ['GET', '/api/v1/nodes', "node 'a' cannot read all nodes, only its own Node object"],
    ['DELETE', '/api/v1/nodes/a', ''],
    ['PATCH', '/api/v1/nodes/a/status', undefined],
    ['GET', '/api/v1/nodes/a/proxy/pods', ''],
    ['GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Da', undefined],
    [
      'GET',
      '/api/v1/pods?fieldSelector=spec.nodeName%3Db',
      'can only list/watch pods with spec.nodeName field selector',
    ],
    [
      'GET',
      '/api/v1/pods?fieldSelector=spec.nodeName!%3Da',
      'can only list/watch pods with spec.nodeName field selector',
    ],
    ['GET', '/api/v1/pods', 'can only list/watch pods with spec.nodeName field selector'],
    ['GET', `${core}/pods/web`, undefined],
    ['GET', `${core}/pods/static`, undefined],
    ['GET', `${core}/pods/other`, unrelated],
    ['GET', `${core}/pods/web/log`, ''],
    ['POST', `${core}/pods/web/exec`, ''],
    ['PATCH', `${core}/pods/web/status`, undefined],
    ['PATCH', `${core}/pods/web`, ''],
    ['POST', `${core}/pods/web/eviction`, undefined],
    ['POST', `${core}/events`, undefined],
    ['GET', `${core}/events`, ''],
    ['GET', '/api/v1/services?watch=1', undefined],
    ['POST', '/apis/certificates.k8s.io/v1/certificatesigningrequests', undefined],
    ['PUT', '/apis/certificates.k8s.io/v1/certificatesigningrequests/x/approval', ''],
    ['GET', '/api/v1/constructor/x', ''],
    ['GET', '/metrics', ''],
  ])('%s %s: %s', (method, url, reason) => {
    expect(state.refusal(node('a'), method, url)).toBe(reason);
  });
});

test('who is no node, or of no name, is told so', () => {
  const state = world();
  const url = `${core}/secrets/mounted`;
  expect(state.refusal({ name: 'system:node:a', groups: [] }, 'GET', url)).toBe('');
  expect(state.refusal({ name: 'a', groups: ['system:nodes'] }, 'GET', url)).toBe('');
  expect(state.refusal(node(''), 'GET', url)).toBe('unknown node for user "system:node:"');
});

test('what a node may do cannot be listed', () => {
  const { authorizer } = world();
  expect(authorizer.rulesFor(node('a'))).toMatchObject({ rules: [], incomplete: true });
  expect(authorizer.rulesFor({ name: 'jane', groups: [] })).toEqual({ rules: [], incomplete: false, error: '' });
});

test('what a node may read follows its pods', () => {
  const state = world();
  const asks = (who: string, secret: string) => state.refusal(node(who), 'GET', `${core}/secrets/${secret}`);
  expect(asks('a', 'mounted')).toBeUndefined();
  state.put('', 'pods', pod('second', 'a', { volumes: [{ name: 's', secret: { secretName: 'mounted' } }] }));
  state.remove('', 'pods', web);
  expect(asks('a', 'mounted')).toBeUndefined();
  expect(asks('a', 'env')).toBe(unrelated);
  state.remove('', 'pods', pod('second', 'a'));
  expect(asks('a', 'mounted')).toBe(unrelated);
  state.put('', 'pods', pod('waiting', 'a', { volumes: [{ name: 's', secret: { secretName: 'of-nobody' } }] }));
  expect(asks('a', 'of-nobody')).toBeUndefined();
  expect(asks('b', 'of-nobody')).toContain('no relationship found');
  // The state is taken anew, without that pod.
  state.resources.must('', 'pods').cache.replace([], 100);
  expect(asks('a', 'of-nobody')).toBe(unrelated);
});

test('more changes than anybody notes are no fewer', () => {
  const state = world();
  const read = () => state.refusal(node('a'), 'GET', `${core}/secrets/late`);
  expect(read()).toBe(unrelated);
  for (let i = 0; i < 10_001; i++) state.put('', 'pods', pod(`p${i}`, 'b'));
  state.put('', 'pods', pod('late', 'a', { volumes: [{ name: 's', secret: { secretName: 'late' } }] }));
  expect(read()).toBeUndefined();
  expect(state.refusal(node('a'), 'GET', `${core}/secrets/mounted`)).toBeUndefined();
});

test('a volume that is bound to another claim is not the nodes any more', () => {
  const rebound: PersistentVolume = { ...volume, spec: { ...volume.spec, claimRef: { namespace: 'ns', name: 'x' } } };
  const state = world().put('', 'persistentvolumes', rebound);
  expect(state.refusal(node('a'), 'GET', '/api/v1/persistentvolumes/disk')).toBe(unrelated);
  expect(state.refusal(node('a'), 'GET', '/api/v1/namespaces/kube-system/secrets/disk-key')).toBe(unrelated);
});
