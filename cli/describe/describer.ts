/** What describes an object of one kind; `describers.ts` lists them. */
import type { Event, KubeObject } from '../../api/types.ts';
import type { RestClient } from '../../client/rest.ts';
import type { Description } from './writer.ts';

export interface DescribeContext {
  rest: RestClient;
  /** Milliseconds since the epoch. */
  now: number;
  /** The events about the object; undefined when they are not wanted. */
  events(): Promise<Event[] | undefined>;
}

/** Writes what there is to say about the object, its events last. */
export type Describer<T extends KubeObject = KubeObject> = (
  object: T,
  out: Description,
  context: DescribeContext,
) => Promise<void>;
