import { describe, expect, test } from 'vitest';
import type { Endpoints, Pod, Service } from '../../api/types.ts';
import { podLocation, serviceLocation, splitName } from './location.ts';

const name = (text: string) => splitName(text)!;

describe('a name in a proxy URL', () => {
  const cases: [string, unknown][] = [
    ['web', { scheme: 'http', name: 'web', port: '' }],
    ['web:8080', { scheme: 'http', name: 'web', port: '8080' }],
    ['web:admin', { scheme: 'http', name: 'web', port: 'admin' }],
    ['https:web:', { scheme: 'https', name: 'web', port: '' }],
    [':web:80', { scheme: 'http', name: 'web', port: '80' }],
    ['ftp:web:80', undefined],
    ['http::80', undefined],
    ['a:b:c:d', undefined],
    ['', undefined],
  ];
  test.each(cases)('%s', (text, expected) => expect(splitName(text)).toEqual(expected));
});

describe('a pod', () => {
  const pod = (ip: string | undefined, ports: object[] = []): Pod =>
    ({ spec: { containers: [{ name: 'a' }, { name: 'b', ports }] }, status: { podIP: ip } }) as unknown as Pod;
  test('is reached at the port asked for, else the first it declares, else the scheme’s', () => {
    const declared = pod('10.244.0.5', [{ containerPort: 8080 }, { containerPort: 9090 }]);
    expect(podLocation(name('web:81'), declared)).toEqual({ scheme: 'http', host: '10.244.0.5', port: 81 });
    expect(podLocation(name('web'), declared).port).toBe(8080);
    expect([
      podLocation(name('web'), pod('10.244.0.5')).port,
      podLocation(name('https:web:'), pod('10.244.0.5')).port,
    ]).toEqual([80, 443]);
  });
  test('is not reached without an address of its own, or at a port with a name', () => {
    for (const ip of [undefined, '127.0.0.1', '169.254.169.254'])
      expect(() => podLocation(name('web'), pod(ip))).toThrow('address not allowed');
    expect(() => podLocation(name('web:http'), pod('10.244.0.5'))).toThrow('unknown port');
  });
});

describe('a service', () => {
  const service = {
    spec: {
      ports: [
        { name: 'plain', port: 80 },
        { name: 'other', port: 81 },
      ],
    },
  } as Service;
  const endpoints = {
    subsets: [
      {
        addresses: [{ ip: '10.244.0.5' }, { ip: '203.0.113.9' }, { ip: '10.244.0.6' }],
        ports: [{ name: 'plain', port: 8080 }],
      },
      { notReadyAddresses: [{ ip: '10.244.0.9' }], ports: [{ name: 'other', port: 1 }] },
    ],
  } as unknown as Endpoints;
  const isPod = ({ ip }: { ip: string }) => ip !== '203.0.113.9';
  test('is one of its ready endpoints that are pods, by the port’s name or number', () => {
    const hosts = [0, 0.49, 0.5, 0.99].map(
      (random) => serviceLocation(name('web:plain'), service, endpoints, isPod, random).host,
    );
    expect(hosts).toEqual(['10.244.0.5', '10.244.0.5', '10.244.0.6', '10.244.0.6']);
    expect(serviceLocation(name('https:web:80'), service, endpoints, isPod, 0)).toEqual({
      scheme: 'https',
      host: '10.244.0.5',
      port: 8080,
    });
  });
  test('without one is unavailable', () => {
    expect(() => serviceLocation(name('web:81'), service, endpoints, isPod, 0)).toThrow(
      'no endpoints available for service "web"',
    );
    expect(() => serviceLocation(name('web'), service, undefined, isPod, 0)).toThrow(
      'no endpoints available for service "web"',
    );
    expect(() => serviceLocation(name('web:82'), service, endpoints, isPod, 0)).toThrow(
      'no service port 82 found for service "web"',
    );
  });
});
