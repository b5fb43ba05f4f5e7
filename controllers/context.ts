/**
 * What a controller is made from and what it gives back. A controller is a function in a file or folder of its own and
 * a line in `all.ts`: it attaches its handlers to the informers it needs, and returns what runs once those are in sync.
 *
 * Upstream: cmd/kube-controller-manager/app/controller_descriptor.go
 */
import type { FlagValues } from '../client/component/flags.ts';
import type { Logger } from '../client/component/log.ts';
import type { EventRecorder } from '../client/events.ts';
import type { RestClient } from '../client/rest.ts';
import type { controllerFlags } from './flags.ts';
import type { SharedInformers } from './shared-informers.ts';

export interface Context {
  client: RestClient;
  /** One local copy of each kind, whatever the number of controllers that look at it. */
  informers: SharedInformers;
  flags: FlagValues<typeof controllerFlags>;
  logger: Logger;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Records events in the name of that component. */
  recorder(component: string): EventRecorder;
}

/** Runs until the signal aborts. */
export type Run = (signal: AbortSignal) => Promise<void>;

/** Undefined when the flags leave the controller nothing to do. */
export type ControllerSetup = (context: Context) => Run | undefined;
