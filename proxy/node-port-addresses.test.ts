import { expect, test } from 'vitest';
import type { Node } from '../api/types.ts';
import { nodePortAddresses, parseNodePortRule } from './node-port-addresses.ts';

const node = (name: string, address: string): Node => ({
  metadata: { name },
  status: {
    addresses: [
      { type: 'Hostname', address: name },
      { type: 'InternalIP', address },
    ],
  },
});
const nodes = [node('n1', '10.88.0.1'), node('n2', '10.88.0.2'), node('elsewhere', '192.0.2.77')];
const interfaces = ['127.0.0.1', '192.0.2.2'];
const addresses = (...texts: string[]) =>
  nodePortAddresses(parseNodePortRule(texts), nodes, 'n2', interfaces, (address) => address.startsWith('10.88.')).map(
    ({ address }) => address,
  );

test.each([
  [[], ['10.88.0.1', '10.88.0.2', '127.0.0.1']],
  [['primary'], ['10.88.0.2']],
  [['127.0.0.0/8'], ['127.0.0.1']],
  [
    ['10.88.0.0/31', '192.0.2.0/24'],
    ['10.88.0.1', '192.0.2.2'],
  ],
  [['0.0.0.0/0'], ['0.0.0.0']],
])('%j', (texts, expected) => expect(addresses(...texts)).toEqual(expected));

test.each([
  ['primary,10.0.0.0/8', "--nodeport-addresses: 'primary' stands alone"],
  ['10.0.0.1', '--nodeport-addresses: invalid CIDR: 10.0.0.1'],
])('%s is refused', (text, message) => expect(() => parseNodePortRule(text.split(','))).toThrow(message));
