import { expect, test } from 'vitest';
import type { Service } from '../../api/types.ts';
import { serviceEnv, visibleServices } from './service-env.ts';

const service = (namespace: string, name: string, clusterIP: string): Service => ({
  metadata: { namespace, name },
  spec: {
    clusterIP,
    ports: [
      { name: 'http-web', port: 80 },
      { name: 'dns', port: 53, protocol: 'UDP' },
    ],
  },
});

const all = [
  service('default', 'kubernetes', '10.96.0.1'),
  service('shop', 'my-web', '10.96.0.20'),
  service('shop', 'headless', 'None'),
  service('other', 'db', '10.96.0.30'),
];
const names = (namespace: string, links: boolean): string[] =>
  visibleServices(all, namespace, links).map((s) => s.metadata.name!);

test('a pod sees the services of its namespace and the API server', () => {
  expect(names('shop', true)).toEqual(['kubernetes', 'my-web']);
  expect(names('shop', false)).toEqual(['kubernetes']);
});

test('a service is many variables', () => {
  expect(serviceEnv([all[1]!])).toEqual({
    MY_WEB_SERVICE_HOST: '10.96.0.20',
    MY_WEB_SERVICE_PORT: '80',
    MY_WEB_SERVICE_PORT_HTTP_WEB: '80',
    MY_WEB_SERVICE_PORT_DNS: '53',
    MY_WEB_PORT: 'tcp://10.96.0.20:80',
    MY_WEB_PORT_80_TCP: 'tcp://10.96.0.20:80',
    MY_WEB_PORT_80_TCP_PROTO: 'tcp',
    MY_WEB_PORT_80_TCP_PORT: '80',
    MY_WEB_PORT_80_TCP_ADDR: '10.96.0.20',
    MY_WEB_PORT_53_UDP: 'udp://10.96.0.20:53',
    MY_WEB_PORT_53_UDP_PROTO: 'udp',
    MY_WEB_PORT_53_UDP_PORT: '53',
    MY_WEB_PORT_53_UDP_ADDR: '10.96.0.20',
  });
});
