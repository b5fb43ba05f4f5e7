/** Sends very many requests: connections are kept, answers are read whole, and a watch is left once it has told what there is. */
import { Agent, request } from 'node:https';

export interface Credentials {
  cert?: Buffer;
  key?: Buffer;
  headers?: Record<string, string>;
}

export interface Asked {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /** An answer that does not end by itself: it is left at the bookmark after the objects that are there. */
  streams?: boolean;
}

export interface Answered {
  status: number;
  text: string;
}

/** Connections of one caller to one server. */
export class Asker {
  readonly #agent: Agent;
  readonly #to: { host: string; port: number; ca: Buffer };
  readonly #headers: Record<string, string>;

  constructor(to: { host: string; port: number; ca: Buffer }, { headers = {}, ...credentials }: Credentials) {
    this.#to = to;
    this.#headers = headers;
    this.#agent = new Agent({ keepAlive: true, maxFreeSockets: 8, ...credentials });
  }

  ask({ method, path, headers, body, streams }: Asked): Promise<Answered> {
    return new Promise((done, reject) => {
      const sent = request(
        { ...this.#to, agent: this.#agent, method, path, headers: { ...this.#headers, ...headers } },
        (answer) => {
          const status = answer.statusCode ?? 0;
          let text = '';
          const leave = (): void => {
            done({ status, text });
            sent.destroy();
          };
          answer.setEncoding('utf8').on('data', (chunk) => {
            text += chunk;
            if (streams && text.includes('k8s.io/initial-events-end')) leave();
          });
          answer.on('end', () => done({ status, text }));
          answer.on('error', (error) => (streams ? done({ status, text }) : reject(error)));
        },
      );
      sent.on('error', (error) => reject(new Error(`${method} ${path} ${JSON.stringify(headers)}: ${error.message}`)));
      sent.on('upgrade', (answer, socket) => {
        socket.destroy();
        done({ status: answer.statusCode ?? 0, text: '' });
      });
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Does it to all of them, so many at a time. */
export async function forEachOf<T>(
  all: Iterable<T>,
  atATime: number,
  effect: (one: T) => Promise<void>,
): Promise<void> {
  const rest = all[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (let next = rest.next(); !next.done; next = rest.next()) await effect(next.value);
  };
  await Promise.all(Array.from({ length: atATime }, work));
}
