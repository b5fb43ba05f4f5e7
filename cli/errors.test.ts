import { expect, test } from 'vitest';
import { ApiError, alreadyExists, field, invalid, notFound, unauthorized } from '../api/errors.ts';
import { describeError, ExitError, exitCodeOf, Failures, usageError, whileDoing } from './errors.ts';

const pods = { group: '', plural: 'pods' };
const coded = (code: string, message = code): Error => Object.assign(new Error(message), { code });
const problems = [field.required('spec.containers'), field.invalid('metadata.name', 'A', 'must be lower case')];

test.each([
  [notFound(pods, 'x'), 'Error from server (NotFound): pods "x" not found'],
  [unauthorized(), 'error: You must be logged in to the server (Unauthorized)'],
  [
    whileDoing('creating', 'a.yaml', alreadyExists(pods, 'x')),
    'Error from server (AlreadyExists): error when creating "a.yaml": pods "x" already exists',
  ],
  [
    invalid({ group: '', kind: 'Pod' }, 'x', problems.slice(0, 1)),
    'The Pod "x" is invalid: spec.containers: Required value',
  ],
  [
    invalid({ group: '', kind: 'Pod' }, 'x', problems),
    'The Pod "x" is invalid: \n* spec.containers: Required value\n* metadata.name: Invalid value: "A": must be lower case',
  ],
  // As a policy says it: of no field.
  [
    new ApiError(422, 'Invalid', '', { kind: 'pods', name: 'x', causes: [{ message: 'denied' }] }),
    'The pods "x" is invalid: : denied',
  ],
  [
    coded('ECONNREFUSED'),
    'The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?',
  ],
  [coded('ENOTFOUND', 'getaddrinfo ENOTFOUND x'), 'Unable to connect to the server: getaddrinfo ENOTFOUND x'],
  [coded('ERR_TLS_CERT_ALTNAME_INVALID', 'altnames'), 'Unable to connect to the server: altnames'],
  [new Error('the path "x" does not exist'), 'error: the path "x" does not exist'],
  [new Failures([notFound(pods, 'a'), new Error('b')]), 'Error from server (NotFound): pods "a" not found\nerror: b'],
  [usageError('get', 'no'), "error: no\nSee 'minikctl get -h' for help and examples"],
])('%s', (error, expected) => expect(describeError(error, 'https://127.0.0.1:6443')).toBe(expected));

test('the exit code is 1 unless the command has its own', () => {
  expect(exitCodeOf(new Error('x'))).toBe(1);
  expect(exitCodeOf(new ExitError('command terminated with exit code 3', 3))).toBe(3);
});
