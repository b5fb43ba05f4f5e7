/**
 * The flow control step: how many requests are worked on at a time, and whose turn it is. Two ways to do it stand behind
 * one interface: `priority-and-fairness.ts`, and the plain limit of `max-in-flight.ts`.
 */
import type { Call } from '../request/call.ts';
import type { RequestInfo } from '../request/info.ts';

export interface FlowControl {
  /**
   * Lets the request in, at once or after it has waited, or throws a 429. Call the result when the request has been
   * answered; for a watch, when it has begun.
   */
  enter(call: Call): (() => void) | Promise<() => void>;
}

const longRunningSubresources = ['log', 'exec', 'attach', 'portforward', 'proxy'];

/** Watches, logs and everything that is a stream: neither timed out nor counted for longer than their beginning. */
export const isLongRunning = ({ verb, subresource }: RequestInfo): boolean =>
  verb === 'watch' || longRunningSubresources.includes(subresource);

const readVerbs = ['get', 'list', 'watch', 'head', 'options'];

export type RequestKind = 'readOnly' | 'mutating';

export const requestKindOf = ({ verb }: RequestInfo): RequestKind =>
  readVerbs.includes(verb) ? 'readOnly' : 'mutating';

/** What a refused request is told, whoever refuses it. */
export const refusal = 'Too many requests, please try again later.';

export const doNothing = (): void => undefined;
