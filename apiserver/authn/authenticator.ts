/**
 * Authentication: who sends a request? Authenticators are asked in turn. One of credentials that it does not know answers
 * undefined, and the next is asked; one of credentials that are its own and not good throws an `InvalidCredentials`. The first
 * user counts. Without one a request whose credentials somebody threw at is a 401, and any other is the anonymous user's.
 *
 * Upstream: apiserver/pkg/authentication/{authenticator,request/union,token/union,group}
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { unauthorized } from '../../api/errors.ts';
import { readBearerToken } from './bearer-token.ts';
import { authenticateCertificate } from './client-certificate.ts';
import { InvalidCredentials } from './invalid-credentials.ts';
import type { FrontProxy } from './request-header.ts';
import { anonymous, type User } from './user.ts';

/** The user behind a token, as far as the authenticator knows the token. */
export type TokenAuthenticator = (token: string) => User | undefined | Promise<User | undefined>;

export interface TokenHolder {
  user: User;
  /** For whom the token is, of those that were asked for. */
  audiences: readonly string[];
}

/** The same for tokens that say for whom they are; of `audiences`, one must be among those. */
export type AudienceTokenAuthenticator = (
  token: string,
  audiences: readonly string[],
) => TokenHolder | undefined | Promise<TokenHolder | undefined>;

/** What of a request says who sends it. */
export type Presented = Pick<IncomingMessage, 'headers' | 'headersDistinct'>;

export interface AuthenticatorOptions {
  /** Undefined where there is none. */
  frontProxy?: FrontProxy | undefined;
  /** Whether clients may have certificates. */
  certificates: boolean;
  /** In the order in which they are asked. */
  tokens: readonly AudienceTokenAuthenticator[];
  /** What a token is for that is sent to this server. */
  audiences: readonly string[];
  /** Whether a request for that path may come without credentials. */
  mayBeAnonymous(path: string): boolean;
}

export class Authenticator {
  readonly audiences: readonly string[];
  readonly #options: AuthenticatorOptions;

  constructor(options: AuthenticatorOptions) {
    this.audiences = options.audiences;
    this.#options = options;
  }

  /**
   * The sender of a request, by a promise only where a token has to be looked into. Throws, or rejects with, a 401. Credentials, and
   * what a front proxy says, are taken out of the headers: nobody behind this step is to see them.
   */
  authenticate(request: Presented, path: string, socket: Socket, now = Date.now()): User | Promise<User> {
    try {
      const user = this.#authenticate(request, path, socket, now);
      const accept = (found: User): User => {
        if (request.headers.authorization !== undefined) delete request.headers.authorization;
        return found;
      };
      return user instanceof Promise ? user.then(accept, refuse) : accept(user);
    } catch (error) {
      return refuse(error);
    }
  }

  #authenticate(request: Presented, path: string, socket: Socket, now: number): User | Promise<User> {
    const { frontProxy, certificates } = this.#options;
    const { headers } = request;
    const proxied = frontProxy?.authenticate(socket, request, now);
    if (proxied) return authenticated(proxied);
    const known = frontProxy?.isForeign(socket)
      ? new InvalidCredentials('x509: certificate signed by unknown authority')
      : certificates && authenticateCertificate(socket, now);
    if (known && !(known instanceof InvalidCredentials)) return authenticated(known);
    const found = readBearerToken(headers);
    if (found === undefined) {
      if (known) throw known;
      if (!this.#options.mayBeAnonymous(path)) throw new InvalidCredentials('no credentials');
      return anonymous;
    }
    const accept = ({ user }: TokenHolder): User => {
      if (found.protocols !== undefined) headers['sec-websocket-protocol'] = found.protocols;
      return authenticated(user);
    };
    const holder = this.#tryTokens(found.token, this.audiences);
    return holder instanceof Promise ? holder.then(accept) : accept(holder);
  }

  /** Who the bearer of a token would be. Rejects with an `InvalidCredentials` that says all that is wrong with it. */
  async reviewToken(token: string, asked: readonly string[]): Promise<TokenHolder> {
    const { user, audiences } = await this.#tryTokens(token, asked);
    return { user: authenticated(user), audiences };
  }

  #tryTokens(
    token: string,
    asked: readonly string[],
    index = 0,
    whys: readonly string[] = [],
  ): TokenHolder | Promise<TokenHolder> {
    const authenticate = this.#options.tokens[index];
    if (!authenticate) throw InvalidCredentials.ofToken(whys);
    const next = (why?: string) => this.#tryTokens(token, asked, index + 1, why === undefined ? whys : [...whys, why]);
    const failed = (error: unknown) => {
      if (error instanceof InvalidCredentials) return next(error.message);
      throw error;
    };
    try {
      const holder = authenticate(token, asked);
      if (!(holder instanceof Promise)) return holder ?? next();
      return holder.then((found) => found ?? next(), failed);
    } catch (error) {
      return failed(error);
    }
  }
}

/** Takes anonymous requests only, for as long as nothing else has been set up. */
export const nobody = new Authenticator({ certificates: false, tokens: [], audiences: [], mayBeAnonymous: () => true });

function refuse(error: unknown): never {
  throw error instanceof InvalidCredentials ? unauthorized() : error;
}

/** A token that says nothing of audiences is for this server, and for no other. */
export const forAudiences =
  (own: readonly string[], authenticate: TokenAuthenticator): AudienceTokenAuthenticator =>
  (token, asked) => {
    const audiences = own.length === 0 ? asked : own.filter((audience) => asked.includes(audience));
    if (audiences.length === 0 && asked.length > 0) return undefined;
    const user = authenticate(token);
    if (!(user instanceof Promise)) return user && { user, audiences };
    return user.then((found) => found && { user: found, audiences });
  };

/** Users as `authenticated` has made them: one who is known stays the same object, by which other steps remember what they know. */
const withGroup = new WeakMap<User, User>();

/** Everybody who has proved to be somebody is in a group for it. */
function authenticated(user: User): User {
  const { groups } = user;
  if (groups.includes('system:authenticated') || groups.includes('system:unauthenticated')) return user;
  let found = withGroup.get(user);
  if (!found) {
    found = { ...user, groups: [...groups, 'system:authenticated'] };
    withGroup.set(user, found);
  }
  return found;
}
