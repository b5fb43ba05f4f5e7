import { expect, test } from 'vitest';
import { ingresses } from './ingresses.ts';
import { cellsOf, createErrors, expectErrors, statusErrors } from './writes.fixture.ts';

const backend = { service: { name: 'web', port: { number: 80 } } };
const rule = (path: object = {}, host?: string) => ({
  spec: { rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend, ...path }] } }] },
});
const at = 'spec.rules[0].http.paths[0]';

test.each<[object, string | undefined]>([
  [{ spec: { defaultBackend: backend } }, undefined],
  [rule({}, '*.example.com'), undefined],
  [{}, 'spec: Invalid value: []: either `defaultBackend` or `rules` must be specified'],
  [rule({}, '10.0.0.1'), 'spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address'],
  [
    rule({}, 'a.*.com'),
    `spec.rules[0].host: Invalid value: "a.*.com": a wildcard DNS-1123 subdomain must start with '*.'`,
  ],
  [{ spec: { rules: [{ http: { paths: [] } }] } }, 'spec.rules[0].http.paths: Required value'],
  [rule({ pathType: undefined }), `${at}.pathType: Required value: pathType must be specified`],
  [
    rule({ pathType: 'Like' }),
    `${at}.pathType: Unsupported value: "Like": supported values: "Exact", "ImplementationSpecific", "Prefix"`,
  ],
  [rule({ path: 'x' }), `${at}.path: Invalid value: "x": must be an absolute path`],
  [rule({ path: '/a//b' }), `${at}.path: Invalid value: "/a//b": must not contain '//'`],
  [rule({ path: '/a/..' }), `${at}.path: Invalid value: "/a/..": cannot end with '/..'`],
  [rule({ path: '/a//b', pathType: 'ImplementationSpecific' }), undefined],
  [rule({ backend: {} }), `${at}.backend: Invalid value: "": resource or service backend is required`],
  [
    rule({ backend: { ...backend, resource: { kind: 'K', name: 'n' } } }),
    `${at}.backend: Invalid value: "": cannot set both resource and service backends`,
  ],
  [rule({ backend: { service: { name: 'web' } } }), `${at}.backend: Required value: port name or number is required`],
  [
    rule({ backend: { service: { name: 'web', port: { name: 'a', number: 1 } } } }),
    `${at}.backend: Invalid value: "": cannot set both port name & port number`,
  ],
  [rule({ backend: { resource: { kind: 'K' } } }), `${at}.backend.resource.name: Required value: name is required`],
  [
    { spec: { defaultBackend: backend, tls: [{ hosts: ['A'], secretName: 'x' }] } },
    'spec.tls[0].hosts[0]: Invalid value: "A": a lowercase RFC 1123 subdomain',
  ],
  [
    {
      metadata: { annotations: { 'kubernetes.io/ingress.class': 'a' } },
      spec: { defaultBackend: backend, ingressClassName: 'b' },
    },
    'annotations.kubernetes.io/ingress.class: Invalid value: "a": must match `ingressClassName` when both are specified',
  ],
])('%# %j: %s', (object, error) => expectErrors(createErrors(ingresses, object), error));

test('its status is checked', () => {
  const status = { loadBalancer: { ingress: [{ ip: 'x' }, { hostname: '10.0.0.1' }] } };
  const errors = statusErrors(ingresses, rule(), status);
  expectErrors(errors, 'status.loadBalancer.ingress[0].ip: Invalid value: "x": must be a valid IP address');
  expectErrors(errors, 'status.loadBalancer.ingress[1].hostname: Invalid value: "10.0.0.1": must be a DNS name');
});

test('prints', () => {
  expect(cellsOf(ingresses, rule())).toMatchObject({ Class: '<none>', Hosts: '*', Address: '', Ports: '80' });
  const hosts = ['a', 'b', 'c', 'd'].map((host) => ({ host }));
  const status = { loadBalancer: { ingress: [{ ip: '10.0.0.2' }, { ip: '10.0.0.1' }] } };
  expect(cellsOf(ingresses, { spec: { rules: hosts, tls: [{}], ingressClassName: 'x' }, status })).toMatchObject({
    Class: 'x',
    Hosts: 'a,b,c + 1 more...',
    Address: '10.0.0.1,10.0.0.2',
    Ports: '80, 443',
  });
});
