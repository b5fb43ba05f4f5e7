/** An admission webhook of this machine, with TLS, for the loopback address and a Service `webhook` in `default`. Each path answers as the test says. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeObject } from '../../api/types.ts';
import { createAuthority } from './certificates.ts';

export interface AdmissionRequest {
  uid: string;
  kind: { group: string; version: string; kind: string };
  resource: { group: string; version: string; resource: string };
  requestKind: { group: string; version: string; kind: string };
  requestResource: { group: string; version: string; resource: string };
  subResource?: string;
  requestSubResource?: string;
  name?: string;
  namespace?: string;
  operation: string;
  userInfo: { username: string; uid?: string; groups?: string[]; extra?: Record<string, string[]> };
  // biome-ignore lint/suspicious/noExplicitAny: objects of any kind, of which a test knows the fields.
  object: any;
  oldObject: KubeObject | null;
  dryRun: boolean;
  options: Record<string, unknown> | null;
}

/** What goes into `response` besides the uid. */
export type Decide = (request: AdmissionRequest) => object | Promise<object>;
/** Answers as it likes. */
export type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

export interface Call {
  path: string;
  apiVersion: string;
  request: AdmissionRequest;
}

export class AdmissionWebhook {
  readonly #server: Server;
  readonly #directory: string;
  readonly #answers = new Map<string, Answer>();
  /** PEM in base64, as a configuration has it. */
  readonly caBundle: string;
  /** What was asked, in order. */
  readonly calls: Call[] = [];
  connections = 0;

  private constructor(server: Server, directory: string, caBundle: string) {
    this.#server = server;
    this.#directory = directory;
    this.caBundle = caBundle;
    server.on('secureConnection', () => {
      this.connections += 1;
    });
    server.on('request', (request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      request.on('end', () => {
        const path = (request.url ?? '').split('?', 1)[0]!;
        const { apiVersion, request: asked } = JSON.parse(text) as { apiVersion: string; request: AdmissionRequest };
        this.calls.push({ path, apiVersion, request: asked });
        this.#answers.get(path)?.(request, response, text);
      });
      response.on('error', () => undefined);
    });
  }

  static async start(): Promise<AdmissionWebhook> {
    const directory = mkdtempSync(join(tmpdir(), 'minik-admission-'));
    const authority = await createAuthority(directory, 'webhook');
    const { certFile, keyFile } = await authority.issue('server', ['webhook.default.svc']);
    const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
    const webhook = new AdmissionWebhook(server, directory, readFileSync(authority.caFile).toString('base64'));
    await new Promise<void>((done) => server.listen(0, done));
    return webhook;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Says what the path decides, and returns the `clientConfig` that leads there. */
  on(path: string, decide: Decide): { url: string; caBundle: string } {
    return this.answer(path, (_request, response, text) => {
      const { apiVersion, request } = JSON.parse(text) as { apiVersion: string; request: AdmissionRequest };
      void Promise.resolve(decide(request)).then((decided) => {
        const review = { kind: 'AdmissionReview', apiVersion, response: { uid: request.uid, ...decided } };
        response.setHeader('content-type', 'application/json').end(JSON.stringify(review));
      });
    });
  }

  /** The same for an answer that may be anything. */
  answer(path: string, answer: Answer): { url: string; caBundle: string } {
    this.#answers.set(path, answer);
    return { url: `https://127.0.0.1:${this.port}${path}`, caBundle: this.caBundle };
  }

  /** The requests to a path. */
  asked(path: string): AdmissionRequest[] {
    return this.calls.filter((call) => call.path === path).map(({ request }) => request);
  }

  /** Closes those that nothing is sent on. */
  dropConnections(): void {
    this.#server.closeIdleConnections();
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

export const allow: Decide = () => ({ allowed: true });

/** Allows it with a JSON Patch. */
export const patching =
  (...operations: object[]): Decide =>
  () => ({ allowed: true, ...patchOf(...operations) });

export const patchOf = (...operations: object[]) => ({
  patchType: 'JSONPatch',
  patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
});

/** Denies what `because` finds a reason for. */
export const denying =
  (because: (request: AdmissionRequest) => string | undefined): Decide =>
  (request) => {
    const message = because(request);
    return message === undefined ? { allowed: true } : { allowed: false, status: { message } };
  };
