import { describe, expect, test } from 'vitest';
import {
  configMapKeyErrors,
  dns1035LabelErrors,
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  envVarNameErrors,
  labelValueErrors,
  pathSegmentErrors,
  portNameErrors,
  qualifiedNameErrors,
} from './names.ts';

const long = (n: number) => 'a'.repeat(n);

describe('messages are Kubernetes’ own', () => {
  test.each<[errors: string[], expected: string[]]>([
    [
      dns1123LabelErrors('My_Name'),
      [
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      ],
    ],
    [
      dns1123SubdomainErrors('a..b'),
      [
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      ],
    ],
    [
      dns1035LabelErrors('1a'),
      [
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
      ],
    ],
    [
      qualifiedNameErrors('a b'),
      [
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ],
    ],
    [
      labelValueErrors('-'),
      [
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      ],
    ],
    [
      configMapKeyErrors('a/b'),
      [
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ],
    ],
    [pathSegmentErrors('a/b%'), ["may not contain '/'", "may not contain '%'"]],
    [dns1123LabelErrors(long(64)), ['must be no more than 63 bytes']],
    [portNameErrors('http--'), ['must not contain consecutive hyphens', 'must not begin or end with a hyphen']],
    [portNameErrors('123'), ['must contain at least one letter (a-z)']],
  ])('%j', (errors, expected) => {
    expect(errors).toEqual(expected);
  });
});

describe('good and bad', () => {
  test.each([
    [dns1123LabelErrors, ['a', 'a-b', '1', long(63)], ['', '-a', 'a-', 'a.b', 'A', 'a_b', 'ä', 'a\n', long(64)]],
    [dns1123SubdomainErrors, ['a', 'a.b-c.d', long(253)], ['', '.a', 'a.', 'a..b', 'A', long(254)]],
    [dns1035LabelErrors, ['a', 'a1'], ['1', '-', '']],
    [
      qualifiedNameErrors,
      ['a', 'A_b.c', 'example.com/a', `x/${long(63)}`],
      ['', '/a', 'a/', 'a/b/c', 'Ex.com/a', `${long(64)}`],
    ],
    [labelValueErrors, ['', 'a', 'A_b.C'], ['-a', 'a b', long(64)]],
    [envVarNameErrors, ['A', 'a.b-c', '1A', 'with space'], ['', 'A=B', 'ä']],
    [configMapKeyErrors, ['a', '.a', 'A_b-c.d'], ['', '.', '..', '..a', 'a b', long(254)]],
  ])('%o', (rule, good, bad) => {
    for (const text of good) expect([text, rule(text)]).toEqual([text, []]);
    for (const text of bad) expect([text, rule(text).length > 0]).toEqual([text, true]);
  });
});
