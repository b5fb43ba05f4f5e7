/**
 * Who calls the kubelet: the bearer of a client certificate of the cluster's CA, or of a token, which the API server is asked
 * about. A certificate that is not good is as none.
 *
 * Upstream: apiserver/pkg/authentication/authenticatorfactory/delegating.go, cmd/kubelet/app/auth.go
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { TokenReview } from '../../../api/types.ts';
import { ExpiringCache } from './expiring-cache.ts';
import { anonymous, type User } from './user.ts';

export interface AuthenticationOptions {
  /** Whoever shows nothing is `system:anonymous`. */
  anonymousAuth: boolean;
  /** Asks the API server; undefined where tokens are not taken. */
  reviewToken: ((review: TokenReview) => Promise<TokenReview>) | undefined;
  /** How long its answers are kept. */
  tokenCacheMs: number;
  now(): number;
}

const authenticated = 'system:authenticated';

export class Authentication {
  readonly #options: AuthenticationOptions;
  readonly #tokens: ExpiringCache<User | undefined>;

  constructor(options: AuthenticationOptions) {
    this.#options = options;
    this.#tokens = new ExpiringCache(options.now);
  }

  /** The caller; undefined for nobody that is known. Rejects when the API server cannot be asked. */
  async userOf({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): Promise<User | undefined> {
    const { anonymousAuth, reviewToken, now } = this.#options;
    const certified = userOfCertificate(socket as TLSSocket, now());
    if (certified) return certified;
    const token = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
    if (token && reviewToken) return this.#userOfToken(token, reviewToken);
    return anonymousAuth && headers.authorization === undefined ? anonymous : undefined;
  }

  /** Kept by its hash: nothing that is found in memory is good for a login. */
  #userOfToken(token: string, review: NonNullable<AuthenticationOptions['reviewToken']>): Promise<User | undefined> {
    const key = createHash('sha256').update(token).digest('base64');
    const ask = async (): Promise<User | undefined> => {
      const { status } = await review({ metadata: {}, spec: { token } });
      const { username, uid, groups = [], extra } = status?.user ?? {};
      if (!status?.authenticated || !username) return undefined;
      return { name: username, ...(uid && { uid }), groups: withAuthenticated(groups), ...(extra && { extra }) };
    };
    return this.#tokens.get(key, ask, () => this.#options.tokenCacheMs);
  }
}

const withAuthenticated = (groups: readonly string[]): string[] =>
  groups.includes(authenticated) ? [...groups] : [...groups, authenticated];

const asList = (value: string | string[] | undefined): string[] => (value === undefined ? [] : [value].flat());

/** `CN=name, O=group`; undefined without a certificate of the CA that is valid now. */
function userOfCertificate(socket: TLSSocket, now: number): User | undefined {
  if (!socket.authorized) return undefined;
  const { subject, valid_to: notAfter } = socket.getPeerCertificate();
  const name = asList(subject?.CN)[0];
  if (!name || now > Date.parse(notAfter)) return undefined;
  return { name, groups: withAuthenticated(asList(subject?.O)) };
}
