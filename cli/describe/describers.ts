/** The kinds that have a description of their own; all others get the generic one. */
import type { Event, KubeObject } from '../../api/types.ts';
import type { RestClient } from '../../client/rest.ts';
import type { ApiResource } from '../resources.ts';
import { describeConfigMap, describeSecret } from './data.ts';
import { describeGeneric } from './generic.ts';
import { describeNode } from './node.ts';
import { describePod } from './pod.ts';
import { describeReplicaSet } from './replicaset.ts';
import { describeService } from './service.ts';
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

/** By resource: `pods`, `replicasets.apps`. The table pairs each kind with the describer of its type. */
const describers: Record<string, Describer<never>> = {
  configmaps: describeConfigMap,
  nodes: describeNode,
  pods: describePod,
  'replicasets.apps': describeReplicaSet,
  secrets: describeSecret,
  services: describeService,
};

export function describerOf({ plural, group }: ApiResource): Describer {
  return (describers[group ? `${plural}.${group}` : plural] as Describer | undefined) ?? describeGeneric;
}
