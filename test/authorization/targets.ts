/**
 * One object of every kind in each place of the matrix, all with a canary: a word that says of which object it is, so that
 * an answer that has it where it must not be seen gives itself away.
 */

import type { CustomResourceDefinition } from '../../api/custom-resource-definition.ts';
import { apiVersionOf, pathOfGroupVersion } from '../../api/kind.ts';
import { type AnyKind, allKinds } from '../../api/kinds/all.ts';
import type { KubeObject } from '../../api/types.ts';
import { exampleOf } from '../harness/example-objects.ts';

/** A kind as the matrix asks for it. */
export interface Target {
  group: string;
  apiVersion: string;
  /** `api/v1`, `apis/apps/v1`. */
  base: string;
  kind: string;
  plural: string;
  namespaced: boolean;
  /** Of those that the kind has. */
  subresources: string[];
  /** There is an object of it in every place. */
  planted: boolean;
  name(word: string): string;
  /** What goes with that name, besides the metadata. */
  content(place: string, word: string): object;
  status: object | undefined;
}

/** Two namespaces; the roles of the matrix are bound in the first. */
export const namespacesOfMatrix = ['a', 'b'] as const;
export const leaseNamespace = 'kube-node-lease';
/** Stands for the namespace of what has none. */
export const cluster = 'cluster';

/** The nodes: the one of the pod in `a`, which also has what is in no namespace, and the one of the pod in `b`. */
export const nodeNames = { a: 'target', b: 'other' } as const;

/** Where objects of the kind are. A Namespace counts as being inside of itself. */
export function placesOf({ plural, group, namespaced }: Target): string[] {
  if (plural === 'namespaces' && group === '') return [...namespacesOfMatrix];
  if (!namespaced) return [cluster];
  return plural === 'leases' ? [...namespacesOfMatrix, leaseNamespace] : [...namespacesOfMatrix];
}

export const canaryOf = (plural: string, place: string): string => `canary.${plural}.${place}.x`;

export interface Canary {
  plural: string;
  place: string;
}

/** The canaries in a text, each once. */
export function canariesIn(text: string): Canary[] {
  if (!text.includes('canary.')) return [];
  const found = new Map<string, Canary>();
  for (const [word, plural = '', place = ''] of text.matchAll(/canary\.([a-z]+)\.([a-z-]+)\.x/g)) {
    found.set(word, { plural, place });
  }
  return [...found.values()];
}

/** What an example must say so that the objects of the matrix go together, and none of them acts on others. */
const contents: Record<string, (place: string, word: string) => object> = {
  pods: (place) => ({
    spec: {
      nodeName: nodeNames[place as 'a' | 'b'],
      serviceAccountName: 'target',
      containers: [{ name: 'main', image: 'busybox:1.35' }],
      volumes: [
        { name: 'secret', secret: { secretName: 'target' } },
        { name: 'configmap', configMap: { name: 'target' } },
        { name: 'claim', persistentVolumeClaim: { claimName: 'target' } },
      ],
      resourceClaims: [{ name: 'gpu', resourceClaimName: 'target' }],
    },
  }),
  secrets: (place) => ({ stringData: { key: canaryOf('secrets', place) } }),
  configmaps: (place) => ({ data: { key: canaryOf('configmaps', place) } }),
  events: (place) => ({ involvedObject: { kind: 'Pod', name: 'target', namespace: place }, reason: 'Tested' }),
  persistentvolumes: () => ({
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Gi' },
      hostPath: { path: '/tmp/target' },
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: 'target', namespace: 'a' },
    },
  }),
  volumeattachments: () => ({
    spec: { attacher: 'example.com', nodeName: nodeNames.a, source: { persistentVolumeName: 'target' } },
  }),
  endpoints: () => ({}),
  endpointslices: () => ({ addressType: 'IPv4', endpoints: [] }),
  validatingwebhookconfigurations: () => ({ webhooks: [] }),
  mutatingwebhookconfigurations: () => ({ webhooks: [] }),
  bindings: () => ({ target: { kind: 'Node', name: 'target' } }),
};

function builtIn(kind: AnyKind): Target {
  const { group, kind: name, plural, namespaced, unstored } = kind;
  const example = unstored ? { content: { spec: {} } } : exampleOf(kind);
  return {
    group,
    apiVersion: apiVersionOf(kind),
    base: pathOfGroupVersion(kind),
    kind: name,
    plural,
    namespaced,
    subresources: [
      ...(kind.status ? ['status'] : []),
      ...(kind.scale ? ['scale'] : []),
      ...Object.keys({ ...kind.subresources, ...kind.parts }),
    ].filter((one, i, all) => all.indexOf(one) === i),
    planted: !unstored,
    name: (word) => example.called?.(word).name ?? word,
    content(place, word) {
      const own = group === 'events.k8s.io' ? undefined : contents[plural];
      const content = own?.(place, word) ?? example.called?.(word).content ?? example.content;
      if (plural === 'resourceslices') return sliceOf(content as SliceContent);
      return group === 'events.k8s.io'
        ? { ...content, regarding: { kind: 'Pod', name: 'target', namespace: place } }
        : content;
    },
    status: example.status,
  };
}

interface SliceContent {
  spec: object;
}
const sliceOf = ({ spec }: SliceContent): object => ({ spec: { ...spec, nodeName: nodeNames.a } });

const widgets = { group: 'matrix.example.com', version: 'v1', kind: 'Widget', plural: 'widgets', namespaced: true };

/** The definition of the custom kind of the matrix. */
export const widgetDefinition: CustomResourceDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.matrix.example.com' },
  spec: {
    group: widgets.group,
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
        },
      },
    ],
  },
};

const customTarget: Target = {
  ...widgets,
  apiVersion: 'matrix.example.com/v1',
  base: 'apis/matrix.example.com/v1',
  subresources: ['status', 'scale'],
  planted: true,
  name: (word) => word,
  content: () => ({ spec: { replicas: 1 } }),
  status: { replicas: 1 },
};

/** Every kind that there is, and a custom one. */
export const targets: Target[] = [...allKinds.map(builtIn), customTarget];

/** The namespace of a path and of an access; empty for none. */
export const namespaceOf = (target: Target, place: string): string => (target.namespaced ? place : '');

/** The object of that name, whole. */
export function objectOf(target: Target, place: string, word: string): KubeObject {
  const namespace = namespaceOf(target, place);
  const annotations = { canary: canaryOf(target.plural, place) };
  const name = target.plural === 'namespaces' && word === 'target' ? place : target.name(word);
  const { apiVersion, kind } = target;
  return {
    apiVersion,
    kind,
    metadata: { name, ...(namespace && { namespace }), annotations, labels: { matrix: 'target' } },
    ...structuredClone(target.content(place, word)),
  } as KubeObject;
}

/** `/api/v1/namespaces/a/pods`; across namespaces without a place. */
export function collectionPath(target: Target, place?: string): string {
  const namespace = place === undefined ? '' : namespaceOf(target, place);
  return `/${target.base}${namespace ? `/namespaces/${namespace}` : ''}/${target.plural}`;
}

export const objectPath = (target: Target, place: string, word = 'target'): string =>
  `${collectionPath(target, place)}/${objectOf(target, place, word).metadata.name}`;
