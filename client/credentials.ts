/**
 * What a request shows of who sends it: a token, a certificate, and whom it acts as. Most of it never changes; the token of a file
 * is read again every minute, and a program is asked for new credentials when those that it gave end, or are refused.
 *
 * Upstream: client-go/transport, client-go/plugin/pkg/client/auth/exec
 */
import { readFileSync } from 'node:fs';
import type { Issued } from './exec-credential.ts';
import type { Impersonation, RestConfig } from './kubeconfig.ts';

export interface Credentials {
  headers: Record<string, string | string[]>;
  cert?: string | undefined;
  key?: string | undefined;
}

const fileMs = 60_000;

export class CredentialSource {
  readonly #config: RestConfig;
  readonly #impersonation: Record<string, string | string[]>;
  #file: { token: string; readAt: number } | undefined;
  #issued: Promise<Issued> | undefined;
  /** When what the program gave ends. */
  #until = 0;

  constructor(config: RestConfig) {
    this.#config = config;
    this.#impersonation = config.impersonate ? impersonationHeaders(config.impersonate) : {};
  }

  /** What to show now. Rejects when the file cannot be read, or the program fails. */
  async get(now = Date.now()): Promise<Credentials> {
    const { exec, cert, key } = this.#config;
    const token = this.#token(now);
    if (exec && token === undefined && cert === undefined) return this.#fromProgram(now);
    return { headers: this.#headers(token), cert, key };
  }

  /** The server has refused them. */
  refused(): void {
    this.#issued = undefined;
    this.#file = undefined;
  }

  #token(now: number): string | undefined {
    const { token, tokenFile } = this.#config;
    if (tokenFile === undefined) return token;
    if (!this.#file || now > this.#file.readAt + fileMs) {
      this.#file = { token: readFileSync(tokenFile, 'utf8').trim(), readAt: now };
    }
    return this.#file.token;
  }

  /** Many requests wait for one run of the program. */
  async #fromProgram(now: number): Promise<Credentials> {
    if (!this.#issued || now >= this.#until) {
      this.#until = Number.POSITIVE_INFINITY;
      this.#issued = this.#runProgram();
    }
    const { token, cert, key } = await this.#issued;
    return { headers: this.#headers(token), cert, key };
  }

  async #runProgram(): Promise<Issued> {
    const { runPlugin } = await import('./exec-credential.ts');
    try {
      const issued = await runPlugin(this.#config.exec!, this.#config);
      this.#until = issued.until;
      return issued;
    } catch (error) {
      this.#issued = undefined;
      throw error;
    }
  }

  #headers(token: string | undefined): Credentials['headers'] {
    return { ...this.#impersonation, ...(token && { authorization: `Bearer ${token}` }) };
  }
}

/** Keys may have characters that the name of a header may not. */
function impersonationHeaders({ user, groups, uid, extra = {} }: Impersonation): Record<string, string | string[]> {
  const extras = Object.entries(extra).map(([key, values]): [string, string[]] => [
    `impersonate-extra-${encodeURIComponent(key)}`,
    values,
  ]);
  return {
    'impersonate-user': user,
    ...(groups?.length && { 'impersonate-group': groups }),
    ...(uid && { 'impersonate-uid': uid }),
    ...Object.fromEntries(extras),
  };
}
