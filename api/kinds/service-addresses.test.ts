/** Ranges of Services' addresses, and the addresses that are taken. */
import { expect, test } from 'vitest';
import { ipaddresses } from './ipaddresses.ts';
import { servicecidrs } from './servicecidrs.ts';
import { cellsOf, createErrors, expectErrors, updateErrors } from './writes.fixture.ts';

const parentRef = { resource: 'services', namespace: 'default', name: 'web' };
const address = (name: string, parent: object | undefined = parentRef) => ({
  metadata: { name },
  spec: parent && { parentRef: parent },
});

test.each<[object, string | undefined]>([
  [address('10.96.0.7'), undefined],
  [address('2001:db8::1'), undefined],
  [address('web'), 'metadata.name: Invalid value: "web": ParseAddr("web"): unable to parse IP'],
  [address('2001:DB8::1'), 'metadata.name: Invalid value: "2001:DB8::1": must be a canonical format IP address'],
  [{ metadata: { name: '10.0.0.1' } }, 'spec.parentRef: Required value'],
  [address('10.0.0.1', { name: 'a' }), 'spec.parentRef.resource: Required value'],
  [
    address('10.0.0.1', { ...parentRef, name: 'a/b' }),
    `spec.parentRef.name: Invalid value: "a/b": may not contain '/'`,
  ],
])('an address %j', (object, error) => {
  expectErrors(createErrors(ipaddresses, object), error);
});

test('an address stays with its parent', () => {
  expectErrors(
    updateErrors(ipaddresses, address('10.0.0.1'), address('10.0.0.1', { ...parentRef, name: 'b' })),
    'spec.parentRef: Invalid value',
  );
  expect(cellsOf(ipaddresses, address('10.0.0.1'))['ParentRef']).toBe('services/default/web');
});

const range = (...cidrs: string[]) => ({ spec: { cidrs } });

test.each<[object, string | undefined]>([
  [range('10.0.0.0/24'), undefined],
  [range('10.0.0.0/24', '2001:db8::/64'), undefined],
  [range(), 'spec.cidrs: Required value: at least one CIDR required'],
  [range('a', 'b', 'c'), 'spec.cidrs: Invalid value: {"cidrs":["a","b","c"]}: may only hold up to 2 values'],
  [range('10.0.0.0/24', '10.1.0.0/24'), ': may specify no more than one IP for each IP family'],
  [range('10.0.0.0'), 'spec.cidrs[0]: Invalid value: "10.0.0.0": must be a valid CIDR value'],
  [range('10.0.0.0/33'), 'spec.cidrs[0]: Invalid value: "10.0.0.0/33": must be a valid CIDR value'],
])('a range %j', (object, error) => {
  expectErrors(createErrors(servicecidrs, object), error);
});

test('a range of the other family may be added, and no more', () => {
  const both = range('10.0.0.0/24', '2001:db8::/64');
  expect(updateErrors(servicecidrs, range('10.0.0.0/24'), both)).toEqual([]);
  const immutable = 'field is immutable';
  expect(updateErrors(servicecidrs, range('10.0.0.0/24'), range('10.1.0.0/24'))).toEqual([
    `spec.cidrs[0]: Invalid value: "10.1.0.0/24": ${immutable}`,
  ]);
  expect(updateErrors(servicecidrs, both, range('10.0.0.0/24'))).toEqual([
    `spec.cidrs[1]: Invalid value: null: ${immutable}`,
  ]);
});
