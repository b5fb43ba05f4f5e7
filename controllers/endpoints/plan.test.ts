import { describe, expect, test } from 'vitest';
import type { EndpointSlice, Node, Pod, Service } from '../../api/types.ts';
import { planEndpoints } from './plan-endpoints.ts';
import { planSlices } from './plan-slices.ts';
import { podEndpoints, selects } from './pod-endpoints.ts';

const service = (spec: Partial<NonNullable<Service['spec']>> = {}): Service => ({
  metadata: { name: 'web', namespace: 'default', uid: 'svc', labels: { team: 'a' } },
  spec: {
    selector: { app: 'web' },
    clusterIP: '10.96.0.5',
    ipFamilies: ['IPv4'],
    ports: [{ name: 'http', port: 80, targetPort: 'web', protocol: 'TCP' }],
    ...spec,
  },
});

interface PodOptions {
  ready?: boolean;
  deleting?: boolean;
  phase?: string;
  port?: number;
  hostname?: string;
}

const pod = (n: number, { ready = true, deleting, phase = 'Running', port = 8080, hostname }: PodOptions = {}): Pod =>
  ({
    metadata: {
      name: `p${n}`,
      namespace: 'default',
      uid: `u${n}`,
      labels: { app: 'web' },
      ...(deleting && { deletionTimestamp: '2030-01-01T00:00:00Z' }),
    },
    spec: {
      nodeName: 'n1',
      ...(hostname && { hostname, subdomain: 'web' }),
      containers: [{ name: 'c', ports: [{ name: 'web', containerPort: port }] }],
    },
    status: {
      phase,
      podIP: `10.244.0.${n}`,
      podIPs: [{ ip: `10.244.0.${n}` }],
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    },
  }) as Pod;

const node: Node = { metadata: { name: 'n1', labels: { 'topology.kubernetes.io/zone': 'z1' } } };
const endpointsOf = (of: Service, pods: Pod[]) => podEndpoints(of, pods, () => node);

/** Names that were generated, and versions, as the server would give them. */
let count = 0;
const stored = (slice: EndpointSlice): EndpointSlice => ({
  ...slice,
  metadata: { ...slice.metadata, name: `web-${++count}`, resourceVersion: String(count) },
});

describe('endpoints of a Service', () => {
  const ports = [{ name: 'http', port: 8080, protocol: 'TCP' }];
  test.each<[string, Partial<NonNullable<Service['spec']>>, Pod, object[]]>([
    [
      'a ready pod',
      {},
      pod(1),
      [{ address: '10.244.0.1', ready: true, serving: true, terminating: false, ports, zone: 'z1' }],
    ],
    ['one that is not ready', {}, pod(1, { ready: false }), [{ ready: false, serving: false, terminating: false }]],
    [
      'one that goes and still serves',
      {},
      pod(1, { deleting: true }),
      [{ ready: false, serving: true, terminating: true }],
    ],
    ['one that has ended', {}, pod(1, { phase: 'Succeeded' }), []],
    ['one without an address', {}, { ...pod(1), status: { phase: 'Pending' } }, []],
    [
      'publishNotReadyAddresses: everyone is ready',
      { publishNotReadyAddresses: true },
      pod(1, { ready: false }),
      [{ ready: true, serving: false }],
    ],
    ['a pod without the named port', { ports: [{ port: 80, targetPort: 'other' }] }, pod(1), [{ ports: [] }]],
    [
      'a numbered port',
      { ports: [{ port: 80, targetPort: 9 }] },
      pod(1),
      [{ ports: [{ name: '', port: 9, protocol: 'TCP' }] }],
    ],
    ['no target port', { ports: [{ port: 80 }] }, pod(1), [{ ports: [{ name: '', port: 80, protocol: 'TCP' }] }]],
    ['a host name of the Service’s domain', {}, pod(1, { hostname: 'db-0' }), [{ hostname: 'db-0' }]],
    ['another family', { ipFamilies: ['IPv6'] }, pod(1), []],
  ])('%s', (_, spec, which, expected) => expect(endpointsOf(service(spec), [which])).toMatchObject(expected));

  test('a Service without a selector selects nobody', () => {
    expect(selects(service({ selector: {} }), pod(1))).toBe(false);
    expect(selects(service({ type: 'ExternalName' }), pod(1))).toBe(false);
    expect(selects(service(), pod(1))).toBe(true);
  });
});

describe('slices', () => {
  const plan = (pods: Pod[], existing: EndpointSlice[] = [], of = service()) =>
    planSlices(of, endpointsOf(of, pods), existing);
  const many = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => pod(from + i));

  test('one slice, with labels, owner and ports', () => {
    const { create } = plan([pod(1)]);
    expect(create).toEqual([
      {
        metadata: {
          generateName: 'web-',
          namespace: 'default',
          labels: {
            team: 'a',
            'kubernetes.io/service-name': 'web',
            'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
          },
          ownerReferences: [
            { apiVersion: 'v1', kind: 'Service', name: 'web', uid: 'svc', controller: true, blockOwnerDeletion: true },
          ],
        },
        addressType: 'IPv4',
        endpoints: [
          {
            addresses: ['10.244.0.1'],
            conditions: { ready: true, serving: true, terminating: false },
            targetRef: { kind: 'Pod', namespace: 'default', name: 'p1', uid: 'u1' },
            nodeName: 'n1',
            zone: 'z1',
          },
        ],
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      },
    ]);
  });

  test('nothing to write when nothing changed', () => {
    const existing = plan(many(1, 3)).create.map(stored);
    expect(plan(many(1, 3), existing)).toEqual({ create: [], update: [], delete: [] });
  });

  test('no endpoints: one empty slice, which stays', () => {
    const { create } = plan([]);
    expect(create).toMatchObject([{ endpoints: [], ports: [] }]);
    expect(plan([], create.map(stored))).toEqual({ create: [], update: [], delete: [] });
  });

  test('the empty slice gives way to one with endpoints', () => {
    const empty = plan([]).create.map(stored);
    expect(plan([pod(1)], empty)).toMatchObject({
      create: [{ endpoints: [{ addresses: ['10.244.0.1'] }] }],
      delete: empty,
    });
  });

  test('a change of readiness is an update in place, with the version that it was decided on', () => {
    const [slice] = plan([pod(1), pod(2)]).create.map(stored);
    const { update, create } = plan([pod(1), pod(2, { ready: false })], [slice!]);
    expect(create).toEqual([]);
    expect(update).toHaveLength(1);
    expect(update[0]!.metadata.resourceVersion).toBe(slice!.metadata.resourceVersion);
    expect(update[0]!.endpoints!.map((e) => e.conditions!.ready)).toEqual([true, false]);
  });

  test('the hundred and first goes into a second slice; the first is not written again', () => {
    const first = plan(many(1, 100)).create.map(stored);
    expect(first).toHaveLength(1);
    const { create, update } = plan(many(1, 101), first);
    expect(update).toEqual([]);
    expect(create.map((slice) => slice.endpoints!.length)).toEqual([1]);
  });

  test('room that became free is used again, and a slice that became empty goes', () => {
    const slices = plan(many(1, 101)).create.map(stored);
    expect(slices.map((slice) => slice.endpoints!.length)).toEqual([100, 1]);
    const next = plan(many(1, 100), slices);
    expect(next).toMatchObject({ create: [], update: [], delete: [{ metadata: { name: slices[1]!.metadata.name } }] });
    const replaced = plan([...many(2, 101), pod(200)], slices);
    expect(replaced.create).toEqual([]);
    expect(replaced.update.map((slice) => slice.endpoints!.length)).toEqual([100]);
  });

  test('pods whose named port differs are in slices of their own', () => {
    const { create } = plan([pod(1), pod(2, { port: 9090 })]);
    expect(create.map((slice) => slice.ports![0]!.port).sort()).toEqual([8080, 9090]);
  });

  test('a headless Service says so', () => {
    const { create } = plan([pod(1)], [], service({ clusterIP: 'None' }));
    expect(create[0]!.metadata.labels).toHaveProperty(['service.kubernetes.io/headless'], '');
  });
});

describe('the Endpoints object', () => {
  const plan = (pods: Pod[], of = service(), current?: ReturnType<typeof planEndpoints>) =>
    planEndpoints(of, endpointsOf(of, pods), current);
  const address = (n: number) => ({
    ip: `10.244.0.${n}`,
    nodeName: 'n1',
    targetRef: { kind: 'Pod', namespace: 'default', name: `p${n}`, uid: `u${n}` },
  });

  test('ready and unready addresses, sorted; those that terminate are left out', () => {
    expect(plan([pod(3), pod(1), pod(2, { ready: false }), pod(4, { deleting: true })])?.subsets).toEqual([
      {
        addresses: [address(1), address(3)],
        notReadyAddresses: [address(2)],
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      },
    ]);
  });

  test('nothing to write when nothing changed', () => {
    expect(plan([pod(1)], service(), plan([pod(1)]))).toBeUndefined();
    expect(plan([pod(1), pod(2)], service(), plan([pod(1)]))).toBeDefined();
  });

  test('no pods: an object without subsets', () => {
    expect(plan([])).toMatchObject({ metadata: { name: 'web', namespace: 'default' }, subsets: [] });
  });

  test('at most a thousand addresses, ready ones first, and it says that more were left out', () => {
    const pods = Array.from({ length: 1002 }, (_, i) => pod(i, { ready: i > 0 }));
    const object = plan(pods)!;
    expect(object.subsets![0]!.addresses).toHaveLength(1000);
    expect(object.subsets![0]!.notReadyAddresses).toBeUndefined();
    expect(object.metadata.annotations).toEqual({ 'endpoints.kubernetes.io/over-capacity': 'truncated' });
    expect(plan([pod(1)], service(), object)?.metadata.annotations).toEqual({});
  });
});
