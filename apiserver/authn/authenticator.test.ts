import type { IncomingHttpHeaders } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { anonymousPaths } from './anonymous.ts';
import {
  type AudienceTokenAuthenticator,
  Authenticator,
  forAudiences,
  type TokenAuthenticator,
} from './authenticator.ts';
import { InvalidCredentials } from './invalid-credentials.ts';
import type { User } from './user.ts';

const socket = new Socket();
const user = (name: string): User => ({ name, groups: [] });
const knows =
  (token: string, name: string): TokenAuthenticator =>
  (given) =>
    given === token ? user(name) : undefined;
const later =
  (authenticate: TokenAuthenticator): TokenAuthenticator =>
  async (token) =>
    authenticate(token);
const refuses =
  (why: string): TokenAuthenticator =>
  () => {
    throw new InvalidCredentials(why);
  };

function authenticator(tokens: TokenAuthenticator[], mayBeAnonymous = (_: string) => true, audiences = ['api']) {
  const made = tokens.map((one): AudienceTokenAuthenticator => forAudiences(audiences, one));
  return new Authenticator({ certificates: false, tokens: made, audiences, mayBeAnonymous });
}

const presented = (headers: IncomingHttpHeaders) => ({ headers, headersDistinct: {} });

const ask = async (on: Authenticator, authorization?: string, path = '/api') =>
  on.authenticate(presented({ ...(authorization !== undefined && { authorization }) }), path, socket);

describe('tokens', () => {
  test.each<[string, TokenAuthenticator[], string | undefined]>([
    ['the only one', [knows('t', 'a')], 'a'],
    ['the first that knows it', [knows('x', 'a'), knows('t', 'b'), knows('t', 'c')], 'b'],
    ['one that takes its time', [later(knows('x', 'a')), later(knows('t', 'b'))], 'b'],
    ['one behind another that refuses', [refuses('no'), later(refuses('no')), knows('t', 'b')], 'b'],
    ['none', [], undefined],
    ['nobody knows it', [knows('x', 'a'), later(knows('y', 'a'))], undefined],
    ['all refuse', [refuses('1'), later(refuses('2'))], undefined],
  ])('%s', async (_, tokens, expected) => {
    const found = ask(authenticator(tokens), 'Bearer t');
    if (expected) expect(await found).toEqual({ name: expected, groups: ['system:authenticated'] });
    else await expect(found).rejects.toMatchObject({ code: 401 });
  });

  test('a failure of the server is no fault of the token', async () => {
    const broken = async (): Promise<User> => {
      throw new Error('the store is gone');
    };
    await expect(ask(authenticator([broken, knows('t', 'a')]), 'Bearer t')).rejects.toThrow('the store is gone');
  });

  test('an answer that is there needs no promise', () => {
    const found = authenticator([knows('t', 'a')]).authenticate(presented({ authorization: 'Bearer t' }), '/', socket);
    expect(found).toMatchObject({ name: 'a' });
  });

  test.each<[string, IncomingHttpHeaders, object]>([
    ['a token', { authorization: 'Bearer t', accept: 'x' }, { accept: 'x' }],
    ['what is none', { authorization: 'Basic t', accept: 'x' }, { accept: 'x' }],
    [
      'a token among protocols',
      {
        upgrade: 'websocket',
        'sec-websocket-protocol': `a, base64url.bearer.authorization.k8s.io.${Buffer.from('t-0').toString('base64url')}, b`,
      },
      { upgrade: 'websocket', 'sec-websocket-protocol': 'a,b' },
    ],
  ])('%s is taken out of the request', async (_, headers, expected) => {
    const on = authenticator([later(knows('t', 'a')), knows('t-0', 'b')]);
    await on.authenticate(presented(headers), '/', socket);
    expect(headers).toEqual(expected);
  });
});

describe('a review', () => {
  test('tells everything that is wrong, once', async () => {
    const on = authenticator([refuses('it has ended'), refuses('it has ended'), later(refuses('no such account'))]);
    await expect(on.reviewToken('t', ['api'])).rejects.toThrow('[invalid bearer token, it has ended, no such account]');
    await expect(authenticator([]).reviewToken('t', ['api'])).rejects.toThrow(/^invalid bearer token$/);
  });

  test.each<[string[], string[], string[] | undefined]>([
    [['api'], ['api'], ['api']],
    [['api', 'other'], ['other', 'third'], ['other']],
    [['api'], ['vault'], undefined],
    [[], ['vault'], ['vault']],
  ])('of a server for %j, asked for %j: %j', async (own, asked, expected) => {
    const reviewed = authenticator([knows('t', 'a')], undefined, own).reviewToken('t', asked);
    if (expected) expect((await reviewed).audiences).toEqual(expected);
    else await expect(reviewed).rejects.toThrow('invalid bearer token');
  });
});

describe('without credentials', () => {
  test.each<[string, Parameters<typeof anonymousPaths>[0], string, boolean]>([
    ['everybody', { enabled: true }, '/api', true],
    ['nobody', { enabled: false }, '/livez', false],
    ['for a path that is named', { enabled: true, conditions: [{ path: '/livez' }] }, '/livez', true],
    ['for a path below it', { enabled: true, conditions: [{ path: '/livez' }] }, '/livez/ping', false],
    ['for a path that is not', { enabled: true, conditions: [{ path: '/livez' }] }, '/api', false],
  ])('%s', async (_, configuration, path, allowed) => {
    const asked = ask(authenticator([knows('t', 'a')], anonymousPaths(configuration)), undefined, path);
    if (allowed) expect(await asked).toEqual({ name: 'system:anonymous', groups: ['system:unauthenticated'] });
    else await expect(asked).rejects.toMatchObject({ code: 401 });
    expect(await ask(authenticator([knows('t', 'a')], anonymousPaths(configuration)), 'Bearer t', path)).toMatchObject({
      name: 'a',
    });
  });
});
