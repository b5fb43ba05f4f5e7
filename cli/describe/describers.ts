/** The kinds that have a description of their own; all others get the generic one. */
import type { ApiResource } from '../resources.ts';
import { describeConfigMap, describeSecret } from './data.ts';
import type { Describer } from './describer.ts';
import { describeGeneric } from './generic.ts';
import { describeNode } from './node.ts';
import { describePod } from './pod.ts';
import { describeReplicaSet } from './replicaset.ts';
import { describeService } from './service.ts';

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
