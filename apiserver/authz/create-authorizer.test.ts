import { expect, test } from 'vitest';
import { createAuthorizer } from './create-authorizer.ts';
import { StoredRoles } from './rbac/roles.fixture.ts';

test.each<[string[], string]>([
  [['Some'], '--authorization-mode: "Some" is not a valid mode; there are AlwaysAllow, AlwaysDeny, Node, RBAC'],
  [['toString'], '--authorization-mode: "toString" is not a valid mode; there are AlwaysAllow, AlwaysDeny, Node, RBAC'],
  [['RBAC', 'Node', 'RBAC'], '--authorization-mode: "RBAC" is specified twice'],
  [[], '--authorization-mode: at least one authorization mode must be passed'],
])('the modes %j are refused', (modes, message) => {
  expect(() => createAuthorizer(new StoredRoles().resources, modes)).toThrow(message);
});
