/** What pods ask for as shares of what a node has: `250m (12%)`. Upstream: kubectl/pkg/describe (describeNodeResource) */
import { addQuantities, formatQuantity, milliValue, type Quantity } from '../../api/quantity.ts';

type Quantities = Record<string, Quantity>;

/** Always listed, even when nothing asks for them. */
const always = ['cpu', 'memory', 'ephemeral-storage'];

export class Usage {
  readonly #allocatable: Record<string, string>;
  readonly #requests: Quantities = {};
  readonly #limits: Quantities = {};

  constructor(allocatable: Record<string, string>) {
    this.#allocatable = allocatable;
  }

  /** Counts one pod. */
  add(requests: Quantities, limits: Quantities): void {
    for (const [name, quantity] of Object.entries(requests))
      this.#requests[name] = addQuantities(this.#requests[name], quantity);
    for (const [name, quantity] of Object.entries(limits))
      this.#limits[name] = addQuantities(this.#limits[name], quantity);
  }

  /** The quantity and its share of the node's, in whole percent. */
  share(resource: string, quantity: Quantity | undefined): string {
    const available = milliValue(this.#allocatable[resource]);
    const percent = available === 0 ? 0 : Math.trunc((milliValue(quantity) / available) * 100);
    return `${quantity ? formatQuantity(quantity) : '0'} (${percent}%)`;
  }

  /** Rows of the sums: resource, requests, limits. */
  totals(): [resource: string, requests: string, limits: string][] {
    const others = Object.keys(this.#allocatable).filter((name) => !always.includes(name) && name !== 'pods');
    return [...always, ...others.sort()].map((name) =>
      always.includes(name)
        ? [name, this.share(name, this.#requests[name]), this.share(name, this.#limits[name])]
        : [name, plain(this.#requests[name]), plain(this.#limits[name])],
    );
  }
}

const plain = (quantity: Quantity | undefined): string => (quantity ? formatQuantity(quantity) : '0');
