/** Users without certificates: each is known by a token, from a file of tokens that an API server is started with. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RestClient } from '../../client/rest.ts';
import type { ApiServer, RawAnswer, RawOptions } from './apiserver.ts';

export class People {
  readonly #directory = mkdtempSync(join(tmpdir(), 'minik-people-'));
  readonly #clients: RestClient[] = [];

  /** Their groups by name. */
  constructor(people: Record<string, string[]>) {
    const lines = Object.entries(people).map(([name, groups]) => `${token(name)},${name},uid-${name},"${groups}"`);
    writeFileSync(join(this.#directory, 'tokens.csv'), `${lines.join('\n')}\n`);
  }

  /** For the API server that is to know them. */
  get flags(): Record<string, string> {
    return { 'token-auth-file': join(this.#directory, 'tokens.csv') };
  }

  client(server: ApiServer, name: string): RestClient {
    const ca = readFileSync(server.pki('ca.crt'), 'utf8');
    const client = new RestClient({ server: server.url, ca, token: token(name) });
    this.#clients.push(client);
    return client;
  }

  /** Any request, answered as it is; a body is sent as JSON. */
  ask(
    server: ApiServer,
    name: string,
    path: string,
    { body, ...options }: Omit<RawOptions, 'body'> & { body?: object } = {},
  ): Promise<RawAnswer> {
    const headers = { authorization: `Bearer ${token(name)}`, 'content-type': 'application/json', ...options.headers };
    return server.raw(path, { ...options, identity: null, headers, ...(body && { body: JSON.stringify(body) }) });
  }

  remove(): void {
    for (const client of this.#clients) client.close();
    rmSync(this.#directory, { recursive: true });
  }
}

const token = (name: string): string => `token-of-${name}`;
