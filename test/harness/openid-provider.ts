/**
 * A real OpenID provider (npm's oidc-provider) over HTTPS on the loopback, with a CA of its own. People log in by its pages, as
 * with a browser: `idToken` walks through them.
 */
import { createHash, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer, request } from 'node:https';
import Provider from 'oidc-provider';
import { createAuthority } from './certificates.ts';

/** What the provider knows of a person. */
export type Person = Record<string, unknown>;

interface Page {
  status: number;
  location: string;
  text: string;
}

const client = { client_id: 'minik', client_secret: 'secret', redirect_uri: 'https://127.0.0.1/callback' };

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
  async idToken(login: string): Promise<string> {
    const cookies = new Map<string, string>();
    const verifier = randomBytes(32).toString('base64url');
    const query = new URLSearchParams({
      client_id: client.client_id,
      response_type: 'code',
      scope: 'openid email groups',
      redirect_uri: client.redirect_uri,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    let page = await this.#visit('GET', `/auth?${query}`, cookies);
    while (!page.location.startsWith(client.redirect_uri)) {
      if (page.location) {
        page = await this.#visit('GET', page.location, cookies);
        continue;
      }
      const action = /<form[^>]* action="([^"]+)"/.exec(page.text)?.[1];
      if (!action) throw new Error(`the provider answered ${page.status}: ${page.text.slice(0, 500)}`);
      const prompt = page.text.includes('name="login"') ? 'login' : 'consent';
      page = await this.#visit('POST', action, cookies, { prompt, login, password: 'x' });
    }
    const code = new URL(page.location).searchParams.get('code');
    if (!code) throw new Error(`the provider gave no code: ${page.location}`);
    const { text } = await this.#visit('POST', '/token', cookies, {
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      ...client,
    });
    const { id_token: token } = JSON.parse(text) as { id_token?: string };
    if (!token) throw new Error(`the provider gave no token: ${text}`);
    return token;
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

  #visit(method: string, path: string, cookies: Map<string, string>, form?: Record<string, string>): Promise<Page> {
    const body = form && new URLSearchParams(form).toString();
    const headers = {
      cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
    };
    return new Promise((resolve, reject) => {
      const options = { method, headers, ca: readFileSync(this.caFile), agent: false } as const;
      const sent = request(new URL(path, this.issuer), options, (answer) => {
        for (const line of answer.headers['set-cookie'] ?? []) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
          cookies.set(name, value);
        }
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, location: answer.headers.location ?? '', text }),
        );
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}
