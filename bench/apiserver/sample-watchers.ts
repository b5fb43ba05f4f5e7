/** Some watchers among many, which note when each event comes to them. Events are told apart by the label `i` of their pod. */
import type { ClientRequest } from 'node:http';
import { request } from 'node:https';
import { token } from './wrk.ts';

const label = Buffer.from('"i":"');

export class SampleWatchers {
  readonly #requests: ClientRequest[] = [];
  /** When each watcher had event `i`. */
  readonly #arrivals = new Map<string, number[]>();
  readonly #waiting = new Map<string, () => void>();

  /** Opens more of them; resolves once they are answered. */
  async open(url: string, count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#open(url)));
  }

  #open(url: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}` };
      const sent = request(url, { agent: false, rejectUnauthorized: false, headers }, (answer) => {
        if (answer.statusCode !== 200) reject(new Error(`GET ${url}: ${answer.statusCode}`));
        let rest: Buffer = Buffer.alloc(0);
        answer.on('data', (chunk: Buffer) => {
          rest = this.#read(rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk);
        });
        answer.on('error', () => undefined);
        resolve();
      });
      sent.on('error', reject);
      sent.end();
      this.#requests.push(sent);
    });
  }

  /** Takes the whole lines, and returns what is left. */
  #read(bytes: Buffer): Buffer {
    const now = performance.now();
    let from = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      const at = bytes.indexOf(label, from) + label.length;
      this.#arrived(bytes.toString('latin1', at, bytes.indexOf('"', at)), now);
      from = end + 1;
    }
    return bytes.subarray(from);
  }

  #arrived(i: string, now: number): void {
    const arrivals = this.#arrivals.get(i) ?? [];
    if (arrivals.push(now) === 1) this.#arrivals.set(i, arrivals);
    if (arrivals.length === this.#requests.length) this.#waiting.get(i)?.();
  }

  /** When event `i` came to each watcher that has it. */
  arrivalsOf(i: string): readonly number[] {
    return this.#arrivals.get(i) ?? [];
  }

  /** Resolves once all of them have event `i`. */
  async received(i: string): Promise<void> {
    if (this.arrivalsOf(i).length === this.#requests.length) return;
    await new Promise<void>((resolve) => this.#waiting.set(i, resolve));
  }

  close(): void {
    for (const sent of this.#requests) sent.destroy();
  }
}
