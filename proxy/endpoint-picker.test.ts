import { expect, test } from 'vitest';
import { EndpointPicker } from './endpoint-picker.ts';

const [a, b, c] = [1, 2, 3].map((n) => ({ address: `10.244.0.${n}`, port: 80 })) as [Backend, Backend, Backend];
type Backend = { address: string; port: number };

test('takes turns, and offers the others next', () => {
  const picker = new EndpointPicker();
  picker.set([a, b, c], undefined);
  expect([picker.order('x'), picker.order('y'), picker.order('x'), picker.order('x')]).toEqual([
    [a, b, c],
    [b, c, a],
    [c, a, b],
    [a, b, c],
  ]);
});

test('offers nobody when there is nobody', () => {
  expect(new EndpointPicker().order('x')).toEqual([]);
});

test('with affinity a client keeps its backend until it has been away too long', () => {
  let now = 0;
  const picker = new EndpointPicker(() => now);
  picker.set([a, b, c], 1000);
  picker.connected('x', b);
  now = 999;
  expect(picker.order('x')[0]).toBe(b);
  picker.connected('x', b);
  now = 1998;
  expect(picker.order('x')[0]).toBe(b);
  now = 2999;
  expect(picker.order('x')[0]).toBe(c);
});

test('a backend that left is nobody’s any more', () => {
  const picker = new EndpointPicker();
  picker.set([a, b], 1000);
  picker.connected('x', b);
  picker.set([a], 1000);
  expect(picker.order('x')).toEqual([a]);
});
