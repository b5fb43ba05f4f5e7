/** One watch stream with any number of watches on it, as the protocol has it; the client's own API hides it. */
import { Client, type ClientDuplexStream, credentials, type ServiceError } from '@grpc/grpc-js';
import { methods, type WatchCreateRequest, type WatchRequest, type WatchResponse } from '../../../api/etcd.ts';
import type { Init } from '../../../api/protobuf.ts';
import { patienceMs } from '../../harness/eventually.ts';

export class WatchStream {
  /** Everything that came, in order. */
  readonly responses: WatchResponse[] = [];
  /** Why it ended, once it has. */
  error: ServiceError | undefined;
  readonly #client: Client;
  readonly #stream: ClientDuplexStream<Init<WatchRequest>, WatchResponse>;
  readonly #waiting = new Set<() => void>();

  constructor(endpoint: string) {
    this.#client = new Client(endpoint.replace('http://', ''), credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
    });
    const { path, request, response } = methods.watch;
    this.#stream = this.#client.makeBidiStreamRequest(path, request.encode, response.decode);
    this.#stream.on('data', (message: WatchResponse) => {
      this.responses.push(message);
      this.#tell();
    });
    this.#stream.on('error', (error: ServiceError) => {
      this.error = error;
      this.#tell();
    });
  }

  #tell(): void {
    for (const look of this.#waiting) look();
  }

  create(request: Init<WatchCreateRequest>): void {
    this.#stream.write({ createRequest: request });
  }

  cancel(watchId: number): void {
    this.#stream.write({ cancelRequest: { watchId } });
  }

  requestProgress(): void {
    this.#stream.write({ progressRequest: {} });
  }

  /** Reads no more, so that the server finds the stream congested. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** Resolves when the probe gives something; looked at again with each response. */
  until<T>(what: string, probe: () => T | undefined | false, timeoutMs = patienceMs): Promise<T> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        this.#waiting.delete(look);
        clearTimeout(timer);
      };
      const fail = (reason: string): void => {
        done();
        reject(new Error(`${what}: ${reason}`));
      };
      const look = (): void => {
        const found = probe();
        if (found !== undefined && found !== false) {
          done();
          resolve(found);
        } else if (this.error) fail(this.error.message);
      };
      const timer = setTimeout(() => fail(`not so within ${timeoutMs} ms`), timeoutMs);
      this.#waiting.add(look);
      look();
    });
  }

  close(): void {
    this.#stream.cancel();
    this.#client.close();
  }
}
