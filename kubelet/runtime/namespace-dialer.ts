/**
 * Connections to the loopback of another network namespace: a pod's.
 *
 * A process cannot connect from a namespace that it is not in, so a helper is started there with nsenter, connects, and passes
 * the sockets over; bytes never go through it. It serves all connections to its pod and ends when none has been asked for in a
 * while. Entering a namespace takes root, which the docker engine's owner has.
 *
 * Upstream: cri-dockerd streaming.go (portForward: nsenter and socat, a process a connection)
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { RuntimeError } from './runtime.ts';

const helperProgram = new URL('./namespace-helper.ts', import.meta.url).pathname;

/** What the helper is told. */
export interface DialRequest {
  id: number;
  port: number;
}

/** What it answers; the socket comes beside it, unless there is an error. */
export interface DialAnswer {
  id: number;
  error?: string;
}

const idleMs = 10_000;

export class NamespaceDialer {
  /** By the process in whose namespace they are. */
  readonly #helpers = new Map<number, Helper>();

  /** Connects to a port of the loopback that process `pid` sees. */
  async dial(pid: number, port: number): Promise<Socket> {
    let helper = this.#helpers.get(pid);
    if (!helper) {
      helper = new Helper(pid);
      this.#helpers.set(pid, helper);
      void helper.ended.then(() => this.#helpers.delete(pid));
    }
    return helper.dial(port);
  }
}

class Helper {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve(socket: Socket): void; reject(error: Error): void }>();
  readonly ended: Promise<void>;
  #lastId = 0;
  #complaint = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(pid: number) {
    const command = [`--net=/proc/${pid}/ns/net`, '--', process.execPath, helperProgram];
    this.#child = spawn('nsenter', command, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint += text;
    });
    this.#child.on('message', (answer: DialAnswer, socket: Socket) => this.#answer(answer, socket));
    // A helper must not keep the kubelet from ending, and ends itself when the kubelet is gone.
    this.#child.unref();
    this.#child.channel?.unref();
    this.ended = new Promise((resolve) => {
      const end = (why: string): void => {
        this.#fail(why);
        resolve();
      };
      this.#child.on('error', (error) => end(error.message));
      this.#child.on('close', () => end(this.#complaint.trim() || 'the helper ended'));
    });
  }

  dial(port: number): Promise<Socket> {
    clearTimeout(this.#timer);
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<Socket>();
    this.#waiting.set(id, { resolve, reject });
    const request: DialRequest = { id, port };
    this.#child.send(request, (error) => error && this.#fail(error.message));
    return promise;
  }

  #answer({ id, error }: DialAnswer, socket: Socket): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) {
      this.#timer = setTimeout(() => this.#child.kill(), idleMs);
      this.#timer.unref();
    }
    if (error || !socket) {
      waiting?.reject(new RuntimeError('Unknown', error ?? 'the connection was lost'));
      return;
    }
    socket.allowHalfOpen = true;
    if (waiting) waiting.resolve(socket);
    else socket.destroy();
  }

  #fail(why: string): void {
    clearTimeout(this.#timer);
    const error = new RuntimeError('Unavailable', `cannot enter the pod's network namespace: ${why}`);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
