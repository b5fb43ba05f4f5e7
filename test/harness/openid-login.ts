/** A person who logs in at a running provider of `openid-provider.ts`: what a browser does, and then the client with its code. */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';

/** The one client that the provider knows. */
export const client = { client_id: 'minik', client_secret: 'secret', redirect_uri: 'https://127.0.0.1/callback' };

interface Page {
  status: number;
  location: string;
  text: string;
}

type Visit = (method: string, path: string, form?: Record<string, string>) => Promise<Page>;

/** Walks through the pages of the provider, and gives the id token of the person. */
export async function idToken(issuer: string, caFile: string, login: string): Promise<string> {
  const visit = browser(issuer, readFileSync(caFile));
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    client_id: client.client_id,
    response_type: 'code',
    scope: 'openid email groups',
    redirect_uri: client.redirect_uri,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  let page = await visit('GET', `/auth?${query}`);
  while (!page.location.startsWith(client.redirect_uri)) {
    if (page.location) {
      page = await visit('GET', page.location);
      continue;
    }
    const action = /<form[^>]* action="([^"]+)"/.exec(page.text)?.[1];
    if (!action) throw new Error(`the provider answered ${page.status}: ${page.text.slice(0, 500)}`);
    const prompt = page.text.includes('name="login"') ? 'login' : 'consent';
    page = await visit('POST', action, { prompt, login, password: 'x' });
  }
  const code = new URL(page.location).searchParams.get('code');
  if (!code) throw new Error(`the provider gave no code: ${page.location}`);
  const { text } = await visit('POST', '/token', {
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    ...client,
  });
  const { id_token: token } = JSON.parse(text) as { id_token?: string };
  if (!token) throw new Error(`the provider gave no token: ${text}`);
  return token;
}

/** Requests that keep their cookies. */
function browser(issuer: string, ca: Buffer): Visit {
  const cookies = new Map<string, string>();
  return (method, path, form) => {
    const body = form && new URLSearchParams(form).toString();
    const headers = {
      cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
    };
    return new Promise((resolve, reject) => {
      const sent = request(new URL(path, issuer), { method, headers, ca, agent: false }, (answer) => {
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
  };
}
