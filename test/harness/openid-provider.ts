/**
 * A real OpenID provider (npm's oidc-provider) over HTTPS on the loopback, with a CA of its own. People log in by its pages, as
 * with a browser: `idToken` walks through them.
 */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import Provider from 'oidc-provider';
import { createAuthority } from './certificates.ts';
import { client, idToken } from './openid-login.ts';

/** What the provider knows of a person. */
export type Person = Record<string, unknown>;

const newKey = () => ({
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
  kid: randomUUID(),
  use: 'sig',
  alg: 'RS256',
});

export class OpenIdProvider {
  readonly issuer: string;
  readonly caFile: string;
  readonly clientId = client.client_id;
  /** How often its keys were fetched. */
  keyFetches = 0;
  /** Answers in its place, for as long as it is set. */
  instead: RequestListener | undefined;
  readonly #people: Record<string, Person>;
  readonly #server: ReturnType<typeof createServer>;
  #callback: RequestListener;
  /** Seconds. */
  idTokenLife = 3600;

  private constructor(
    issuer: string,
    caFile: string,
    files: { certFile: string; keyFile: string },
    people: Record<string, Person>,
  ) {
    this.issuer = issuer;
    this.caFile = caFile;
    this.#people = people;
    this.#callback = this.#newCallback();
    const tls = { cert: readFileSync(files.certFile), key: readFileSync(files.keyFile) };
    this.#server = createServer(tls, (incoming, outgoing) => {
      if (incoming.url === '/jwks') this.keyFetches += 1;
      (this.instead ?? this.#callback)(incoming, outgoing);
    });
  }

  static async start(folder: string, port: number, people: Record<string, Person>): Promise<OpenIdProvider> {
    const authority = await createAuthority(folder, 'openid');
    const files = await authority.issue('openid-provider');
    const provider = new OpenIdProvider(`https://127.0.0.1:${port}`, authority.caFile, files, people);
    provider.#server.listen(port, '127.0.0.1');
    await once(provider.#server, 'listening');
    return provider;
  }

  /** From now on it signs with another key, and knows no more of the old one. */
  rotateKeys(): void {
    this.#callback = this.#newCallback();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  /** Logs the person in, and gives the token that the client gets. */
  idToken(login: string): Promise<string> {
    return idToken(this.issuer, this.caFile, login);
  }

  #newCallback(): RequestListener {
    const people = this.#people;
    const provider = new Provider(this.issuer, {
      clients: [{ ...client, redirect_uris: [client.redirect_uri], token_endpoint_auth_method: 'client_secret_post' }],
      jwks: { keys: [newKey()] },
      claims: { openid: ['sub'], email: ['email', 'email_verified'], groups: ['groups', 'roles'] },
      scopes: ['openid', 'email', 'groups'],
      conformIdTokenClaims: false,
      cookies: { keys: [randomUUID()] },
      ttl: { IdToken: () => this.idTokenLife, AccessToken: 60, Grant: 60, Interaction: 60, Session: 60 },
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
    });
    return provider.callback();
  }
}
