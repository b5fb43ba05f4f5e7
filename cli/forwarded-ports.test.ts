import { describe, expect, test } from 'vitest';
import type { Pod, Service } from '../api/types.ts';
import { parsePort, podPort, servicePort } from './forwarded-ports.ts';

const pod = {
  metadata: { name: 'web' },
  spec: { containers: [{ name: 'a', ports: [{ name: 'http', containerPort: 8080 }] }] },
} as unknown as Pod;
const service = {
  metadata: { name: 'web' },
  spec: { ports: [{ name: 'plain', port: 80, targetPort: 'http' }, { port: 81 }] },
} as unknown as Service;

describe('ports', () => {
  const parse = (text: string) => parsePort(text, (port) => podPort(pod, port));
  test.each<[string, number, number]>([
    ['80', 80, 80],
    ['8080:80', 8080, 80],
    [':80', 0, 80],
    ['http', 8080, 8080],
    ['80:http', 80, 8080],
  ])('%s', (text, local, remote) => expect(parse(text)).toEqual({ local, remote }));
  test.each(['1:2:3', 'x:80', '70000', 'https', ':'])('%s is none', (text) => expect(() => parse(text)).toThrow());

  test('of a Service lead to those of its pods', () => {
    expect(['80', 'plain', '81'].map((text) => servicePort(service, pod, text))).toEqual([8080, 8080, 81]);
    expect(() => servicePort(service, pod, '82')).toThrow('Service web does not have a service port 82');
  });
});
