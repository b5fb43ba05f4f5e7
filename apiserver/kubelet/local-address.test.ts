import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { isLocalAddress } from './local-address.ts';

const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);

test('every address of the machine is local, and all of the loopback range', async () => {
  const addresses = own.filter(({ family }) => family === 'IPv4').map(({ address }) => address);
  for (const address of [...addresses, '127.0.0.1', '127.88.0.1']) {
    expect([address, await isLocalAddress(address)]).toEqual([address, true]);
  }
});

test('an address that a gateway or a link would lead to is not', async () => {
  for (const address of ['198.51.100.1', '203.0.113.7', '2001:db8::1', 'no address']) {
    expect([address, await isLocalAddress(address)]).toEqual([address, false]);
  }
});
