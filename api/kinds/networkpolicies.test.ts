import { expect, test } from 'vitest';
import { networkpolicies } from './networkpolicies.ts';
import { cellsOf, created, createErrors, expectErrors } from './writes.fixture.ts';

const policy = (spec: object) => ({ spec: { podSelector: {}, ...spec } });
const from = (peer: object) => policy({ ingress: [{ from: [peer] }] });
const port = (fields: object) => policy({ egress: [{ ports: [fields] }] });

test.each([
  [{}, { policyTypes: ['Ingress'] }],
  [{ egress: [{}] }, { policyTypes: ['Ingress', 'Egress'] }],
  [{ egress: [{}], policyTypes: ['Egress'] }, { policyTypes: ['Egress'] }],
  [{ ingress: [{ ports: [{ port: 80 }] }] }, { ingress: [{ ports: [{ port: 80, protocol: 'TCP' }] }] }],
])('defaults of %j', (spec, expected) => {
  expect(created(networkpolicies, policy(spec))['spec']).toMatchObject(expected);
});

const peer = 'spec.ingress[0].from[0]';

test.each<[object, string | undefined]>([
  [from({ podSelector: {}, namespaceSelector: {} }), undefined],
  [from({ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }), undefined],
  [from({ ipBlock: { cidr: 'fd00::/8', except: ['fd00:1::/32'] } }), undefined],
  [port({ port: 80, endPort: 90 }), undefined],
  [port({ port: 'http' }), undefined],
  [from({}), `${peer}: Required value: must specify a peer`],
  [
    from({ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }),
    `${peer}: Forbidden: may not specify both ipBlock and another peer`,
  ],
  [
    from({ ipBlock: { cidr: '10.0.0.0' } }),
    `${peer}.ipBlock.cidr: Invalid value: "10.0.0.0": must be a valid CIDR value`,
  ],
  [
    from({ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] } }),
    `${peer}.ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of \`cidr\``,
  ],
  [port({ protocol: 'ICMP' }), 'spec.egress[0].ports[0].protocol: Unsupported value: "ICMP"'],
  [port({ port: 0 }), 'spec.egress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'],
  [port({ port: 80, endPort: 79 }), 'endPort: Invalid value: 80: must be greater than or equal to `port`'],
  [port({ endPort: 79 }), 'endPort: Invalid value: 79: may not be specified when `port` is not specified'],
  [port({ port: 'http', endPort: 79 }), 'endPort: Invalid value: 79: may not be specified when `port` is non-numeric'],
  [
    policy({ policyTypes: ['Sideways'] }),
    'spec.policyTypes[0]: Unsupported value: "Sideways": supported values: "Egress", "Ingress"',
  ],
])('%# %j: %s', (object, error) => expectErrors(createErrors(networkpolicies, object), error));

test('prints', () => {
  expect(cellsOf(networkpolicies, policy({ podSelector: { matchLabels: { a: 'b' } } }))).toMatchObject({
    'Pod-Selector': 'a=b',
  });
  expect(cellsOf(networkpolicies, policy({}))).toMatchObject({ 'Pod-Selector': '<none>' });
});
