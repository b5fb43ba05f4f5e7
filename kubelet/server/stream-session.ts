/** The client's side of an exec or attach, whichever protocol carries it. */
import type { StreamOptions } from '../runtime/runtime.ts';
import type { CommandStatus } from './command-status.ts';

/** Which streams the client asked for. */
export interface StreamFlags {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  tty: boolean;
}

export interface StreamSession {
  /** Their signal aborts when the client goes away. */
  streams: StreamOptions;
  /** Sends how it ended; resolves when nothing is left to do. */
  finish(status: CommandStatus): Promise<void>;
}
