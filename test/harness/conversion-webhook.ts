/** A conversion webhook of this machine, with TLS, for the loopback address and a Service `converter` in `default`. It answers with whatever the test makes of the request. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeObject } from '../../api/types.ts';
import { createAuthority } from './certificates.ts';

export interface ConversionRequest {
  uid: string;
  desiredAPIVersion: string;
  objects: KubeObject[];
}

export interface ConversionReview {
  kind: string;
  apiVersion: string;
  response?: { uid: string; result: { status: string; message?: string }; convertedObjects?: unknown[] };
}

type Answer = (request: ConversionRequest, apiVersion: string) => unknown;

export class ConversionWebhook {
  readonly #server: Server;
  readonly #directory: string;
  /** PEM in base64, as a definition has it. */
  readonly caBundle: string;
  /** How many objects each request brought. */
  readonly batches: number[] = [];
  /** What is answered; by default every object is converted. */
  answer: Answer;

  private constructor(
    server: Server,
    directory: string,
    caBundle: string,
    convert: (object: KubeObject, to: string) => KubeObject,
  ) {
    this.#server = server;
    this.#directory = directory;
    this.caBundle = caBundle;
    this.answer = (request, apiVersion) => converted(request, apiVersion, convert);
  }

  /** `convert` makes an object of another version. */
  static async start(convert: (object: KubeObject, to: string) => KubeObject): Promise<ConversionWebhook> {
    const directory = mkdtempSync(join(tmpdir(), 'minik-webhook-'));
    const authority = await createAuthority(directory, 'webhook');
    const { certFile, keyFile } = await authority.issue('server', ['converter.default.svc']);
    const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
    const caBundle = readFileSync(authority.caFile).toString('base64');
    const webhook = new ConversionWebhook(server, directory, caBundle, convert);
    server.on('request', (request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      request.on('end', () => {
        const review = JSON.parse(text) as { apiVersion: string; request: ConversionRequest };
        webhook.batches.push(review.request.objects.length);
        response
          .setHeader('content-type', 'application/json')
          .end(JSON.stringify(webhook.answer(review.request, review.apiVersion)));
      });
    });
    await new Promise<void>((done) => server.listen(0, done));
    return webhook;
  }

  /** For `spec.conversion` of a definition. */
  get conversion() {
    const url = `https://127.0.0.1:${this.port}/convert`;
    return {
      strategy: 'Webhook',
      webhook: { clientConfig: { url, caBundle: this.caBundle }, conversionReviewVersions: ['v1', 'v1beta1'] },
    };
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** A review that says that all went well. */
export function converted(
  { uid, desiredAPIVersion, objects }: ConversionRequest,
  apiVersion: string,
  convert: (object: KubeObject, to: string) => KubeObject,
): ConversionReview {
  const convertedObjects = objects.map((object) => convert(object, desiredAPIVersion));
  return { kind: 'ConversionReview', apiVersion, response: { uid, result: { status: 'Success' }, convertedObjects } };
}
