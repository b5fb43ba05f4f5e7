import { describe, expect, test } from 'vitest';
import type { Endpoint, EndpointSlice, Service } from '../api/types.ts';
import { planListeners, proxyNameLabel, serviceNameLabel } from './plan-listeners.ts';

const service = (spec: NonNullable<Service['spec']>, labels?: Record<string, string>): Service => ({
  metadata: { name: 'web', namespace: 'default', ...(labels && { labels }) },
  spec: {
    clusterIP: '10.96.0.5',
    clusterIPs: [spec.clusterIP ?? '10.96.0.5'],
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
    ...spec,
  },
});

const endpoint = (address: string, conditions?: Endpoint['conditions'], nodeName?: string): Endpoint => ({
  addresses: [address],
  ...(conditions && { conditions }),
  ...(nodeName && { nodeName }),
});

const slice = (endpoints: Endpoint[], port = 8080, name = 'http'): EndpointSlice => ({
  metadata: { name: 'web-x', namespace: 'default', labels: { [serviceNameLabel]: 'web' } },
  addressType: 'IPv4',
  ports: [{ name, port, protocol: 'TCP' }],
  endpoints,
});

const nodeAddresses = [
  { address: '10.88.0.1', node: 'n1' },
  { address: '10.88.0.2', node: 'n2' },
  { address: '127.0.0.1' },
];

/** What is behind each address, as text. */
const plan = (services: Service[], slices: EndpointSlice[]) =>
  Object.fromEntries(
    [...planListeners(services, slices, nodeAddresses)].map(([key, { backends }]) => [
      key,
      backends.map(({ address, port }) => `${address}:${port}`),
    ]),
  );

const up = { ready: true, serving: true, terminating: false };
const down = { ready: false, serving: false, terminating: false };
const leaving = { ready: false, serving: true, terminating: true };

describe('a ClusterIP', () => {
  test.each<[string, EndpointSlice[], Record<string, string[]>]>([
    [
      'leads to ready endpoints',
      [slice([endpoint('10.244.0.2', up), endpoint('10.244.0.3', down)])],
      { 'TCP 10.96.0.5:80': ['10.244.0.2:8080'] },
    ],
    [
      'an unknown readiness counts as ready',
      [slice([endpoint('10.244.0.2')])],
      { 'TCP 10.96.0.5:80': ['10.244.0.2:8080'] },
    ],
    ['has no listener without endpoints', [slice([endpoint('10.244.0.2', down)])], {}],
    ['has no listener without slices', [], {}],
    [
      'falls back on endpoints that terminate and still serve',
      [slice([endpoint('10.244.0.2', leaving), endpoint('10.244.0.3', down)])],
      { 'TCP 10.96.0.5:80': ['10.244.0.2:8080'] },
    ],
    [
      'prefers ready ones to those',
      [slice([endpoint('10.244.0.2', leaving), endpoint('10.244.0.3', up)])],
      { 'TCP 10.96.0.5:80': ['10.244.0.3:8080'] },
    ],
    [
      'gathers all its slices, each endpoint once, in order',
      [slice([endpoint('10.244.0.9', up)]), slice([endpoint('10.244.0.2', up), endpoint('10.244.0.9', up)])],
      { 'TCP 10.96.0.5:80': ['10.244.0.2:8080', '10.244.0.9:8080'] },
    ],
    [
      'takes each port number from the slice that the endpoint is in',
      [slice([endpoint('10.244.0.2', up)], 8080), slice([endpoint('10.244.0.3', up)], 9090)],
      { 'TCP 10.96.0.5:80': ['10.244.0.2:8080', '10.244.0.3:9090'] },
    ],
    ['ignores ports of other names', [slice([endpoint('10.244.0.2', up)], 8080, 'metrics')], {}],
  ])('%s', (_, slices, expected) => expect(plan([service({})], slices)).toEqual(expected));
});

describe('Services that have no listener', () => {
  test.each<[string, Service]>([
    ['headless', service({ clusterIP: 'None' })],
    ['ExternalName', service({ type: 'ExternalName', externalName: 'example.com' })],
    ["another proxy's", service({}, { [proxyNameLabel]: 'other' })],
  ])('%s', (_, which) => expect(plan([which], [slice([endpoint('10.244.0.2', up)])])).toEqual({}));
});

describe('a NodePort', () => {
  const ports = [{ name: 'http', port: 80, nodePort: 30_080, protocol: 'TCP' }];
  const slices = [slice([endpoint('10.244.0.2', up, 'n1'), endpoint('10.244.1.2', up, 'n2')])];
  const all = ['10.244.0.2:8080', '10.244.1.2:8080'];

  test('listens on every address and leads everywhere', () => {
    expect(plan([service({ type: 'NodePort', ports })], slices)).toEqual({
      'TCP 10.96.0.5:80': all,
      'TCP 10.88.0.1:30080': all,
      'TCP 10.88.0.2:30080': all,
      'TCP 127.0.0.1:30080': all,
    });
  });

  test('with externalTrafficPolicy Local a node leads to its own pods', () => {
    expect(plan([service({ type: 'NodePort', ports, externalTrafficPolicy: 'Local' })], slices)).toEqual({
      'TCP 10.96.0.5:80': all,
      'TCP 10.88.0.1:30080': ['10.244.0.2:8080'],
      'TCP 10.88.0.2:30080': ['10.244.1.2:8080'],
      'TCP 127.0.0.1:30080': all,
    });
  });
});

test('session affinity lasts three hours unless the Service says otherwise', () => {
  const slices = [slice([endpoint('10.244.0.2', up)])];
  const affinity = (spec: NonNullable<Service['spec']>) =>
    planListeners([service(spec)], slices, []).get('TCP 10.96.0.5:80')?.affinityMs;
  expect(affinity({})).toBeUndefined();
  expect(affinity({ sessionAffinity: 'ClientIP' })).toBe(10_800_000);
  expect(affinity({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } } })).toBe(
    5_000,
  );
});
