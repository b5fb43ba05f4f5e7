/**
 * One thing at a time in each namespace: waiting for each other is cheaper than trying again. What the ones in a queue share is made
 * for the first and forgotten after the last.
 */
interface Queue<S> {
  shared: S;
  /** Settles when the last one is done. */
  last: Promise<unknown>;
  length: number;
}

export class NamespaceQueues<S> {
  readonly #queues = new Map<string, Queue<S>>();
  readonly #share: () => S;

  constructor(share: () => S) {
    this.#share = share;
  }

  /** Runs `task` when those before it in the namespace are done, and answers what it answers. */
  run<T>(namespace: string, task: (shared: S) => Promise<T>): Promise<T> {
    let queue = this.#queues.get(namespace);
    if (!queue) {
      queue = { shared: this.#share(), last: Promise.resolve(), length: 0 };
      this.#queues.set(namespace, queue);
    }
    const own = queue;
    own.length += 1;
    const done = own.last.then(() => task(own.shared));
    const leave = (): void => {
      own.length -= 1;
      if (own.length === 0) this.#queues.delete(namespace);
    };
    own.last = done.then(leave, leave);
    return done;
  }
}
