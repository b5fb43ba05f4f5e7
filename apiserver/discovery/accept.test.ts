import { expect, test } from 'vitest';
import { acceptsGzip, chooseMediaType } from './accept.ts';

const offered = ['application/json', 'application/x.v1+protobuf', 'application/x@v1+protobuf'];

test.each<[accept: string | undefined, chosen: string | undefined]>([
  [undefined, 'application/json'],
  ['', 'application/json'],
  ['*/*', 'application/json'],
  ['application/*', 'application/json'],
  ['application/x@v1+protobuf', 'application/x@v1+protobuf'],
  ['APPLICATION/X.v1+Protobuf', 'application/x.v1+protobuf'],
  ['text/html, application/x.v1+protobuf;charset=utf-8', 'application/x.v1+protobuf'],
  ['application/json;q=0.5, application/x.v1+protobuf', 'application/x.v1+protobuf'],
  ['application/json, application/x.v1+protobuf', 'application/json'],
  ['application/x.v1+protobuf;q=0.1, */*;q=0.2', 'application/json'],
  ['text/html', undefined],
  ['text/*', undefined],
  ['application/json;q=0', undefined],
  ['application/json;q=nonsense', undefined],
])('Accept: %s', (accept, chosen) => {
  expect(chooseMediaType(accept, offered)).toBe(chosen);
});

test.each<[string | undefined, boolean]>([
  [undefined, false],
  ['gzip', true],
  ['deflate, GZIP;q=0.5', true],
  ['gzip;q=0, br', false],
  ['identity', false],
])('Accept-Encoding: %s', (encoding, accepted) => {
  expect(acceptsGzip(encoding)).toBe(accepted);
});
