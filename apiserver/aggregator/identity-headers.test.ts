import { expect, test } from 'vitest';
import { withIdentity } from './identity-headers.ts';

const user = { name: 'jane', groups: ['dev', 'a, b'], uid: '7', extra: { 'acme.com/team': ['x', 'y'], scopes: ['z'] } };

test('the identity of the user, and nothing that the client says of it', () => {
  const smuggled = {
    'x-remote-user': 'root',
    'X-Remote-Group': ['system:masters'],
    'x-remote-uid': '0',
    'x-remote-extra-scopes': 'all',
    'X-REMOTE-EXTRA-other': 'all',
  };
  expect(withIdentity({ accept: 'application/json', ...smuggled }, user)).toEqual({
    accept: 'application/json',
    'x-remote-user': 'jane',
    'x-remote-uid': '7',
    'x-remote-group': ['dev', 'a, b'],
    'x-remote-extra-acme.com%2Fteam': ['x', 'y'],
    'x-remote-extra-scopes': ['z'],
  });
});

test('without groups and extras there are no headers for them', () => {
  expect(withIdentity({ 'x-remote-group': 'system:masters' }, { name: 'joe', groups: [] })).toEqual({
    'x-remote-user': 'joe',
  });
});

test('no name breaks out of its header', () => {
  const { 'x-remote-user': name } = withIdentity({}, { name: 'a\r\nx-remote-group: system:masters', groups: [] });
  expect(name).toBe('a  x-remote-group: system:masters');
  expect(withIdentity({}, { name: 'Ü', groups: [] })['x-remote-user']).toBe('Ã\u009c');
});
