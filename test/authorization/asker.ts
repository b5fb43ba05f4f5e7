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

/** The headers of a request that asks for a WebSocket. */
export const websocket = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** In the bookmark after the objects that are there. */
const toldAll = 'k8s.io/initial-events-end';

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
            if (streams && text.includes(toldAll)) leave();
          });
          answer.on('end', () => done({ status, text }));
          answer.on('error', (error) => (streams ? done({ status, text }) : reject(error)));
        },
      );
      sent.on('error', (error) => reject(new Error(`${method} ${path} ${JSON.stringify(headers)}: ${error.message}`)));
      sent.on('upgrade', (answer, socket, head) => {
        const status = answer.statusCode ?? 0;
        // What a server sends over a WebSocket is neither masked nor compressed here.
        let text = head.toString();
        const read = (): void => {
          if (!streams || text.includes(toldAll)) socket.destroy();
        };
        socket.on('data', (chunk) => {
          text += chunk;
          read();
        });
        socket.on('error', () => socket.destroy());
        socket.on('close', () => done({ status, text }));
        read();
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
