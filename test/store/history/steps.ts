/** The steps of a history: requests, what happens on its watch stream, and restarts of the server. */
import { inspect } from 'node:util';
import type { Request, WatchRequest } from '../model/types.ts';

export type WatchStep = { kind: 'watch'; watchId?: number; fragment?: boolean } & WatchRequest;

export type Step =
  | Exclude<Request, { kind: 'advance' }>
  | WatchStep
  | { kind: 'cancelWatch'; watchId: number }
  | { kind: 'progress' }
  /** Of our store only: the process ends by the signal and starts again. */
  | { kind: 'restart'; signal: 'SIGKILL' | 'SIGTERM' };

/** As it could stand in a test. */
export const show = (value: unknown): string =>
  inspect(value, { depth: null, breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 200 });

export const showHistory = (steps: Step[]): string => steps.map((step) => `  ${show(step)},`).join('\n');
