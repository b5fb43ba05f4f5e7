/**
 * What quotas count of each kind: pods, Services and claims by what they use, everything else by its number.
 *
 * Upstream: pkg/quota/v1/evaluator/core/registry.go, apiserver/pkg/quota/v1/generic/evaluator.go. Left out: what ResourceClaims use.
 */
import { countOf } from './amounts.ts';
import { claimEvaluator } from './claims.ts';
import type { Evaluator } from './evaluator.ts';
import { podEvaluator } from './pods.ts';
import { serviceEvaluator } from './services.ts';

/** How a kind is told from others. */
export interface GroupResource {
  group: string;
  plural: string;
}

/** Names that these had before there were names for all. */
const aliases = ['configmaps', 'replicationcontrollers', 'resourcequotas', 'secrets'];

const measured: Record<string, Evaluator> = {
  pods: podEvaluator as Evaluator,
  services: serviceEvaluator as Evaluator,
  persistentvolumeclaims: claimEvaluator as Evaluator,
};

/** What quotas count of the kind. */
export function evaluatorOf({ group, plural }: GroupResource): Evaluator {
  const known = group === '' ? measured[plural] : undefined;
  return known ?? objectCount(group, plural);
}

function objectCount(group: string, plural: string): Evaluator {
  const names = [countName({ group, plural })];
  if (group === '' && aliases.includes(plural)) names.push(plural);
  return {
    matching: (asked) => asked.filter((name) => names.includes(name)),
    usage: () => Object.fromEntries(names.map((name) => [name, countOf(1)])),
    charges: ({ operation, subresource }) => operation === 'create' && subresource === '',
    countsOnly: true,
  };
}

/** `count/deployments.apps`, `count/pods` */
export const countName = ({ group, plural }: GroupResource): string =>
  group ? `count/${plural}.${group}` : `count/${plural}`;

/** The kinds that a quota with these names counts, in no order. */
export function countedKinds(names: readonly string[]): GroupResource[] {
  const kinds = new Map<string, GroupResource>();
  const add = (kind: GroupResource): unknown => kinds.set(countName(kind), kind);
  for (const plural of [...Object.keys(measured), ...aliases]) {
    const kind = { group: '', plural };
    if (evaluatorOf(kind).matching(names).length > 0) add(kind);
  }
  for (const name of names) {
    const [, plural, group = ''] = /^count\/([^.]+)(?:\.(.+))?$/.exec(name) ?? [];
    if (plural) add({ group, plural });
  }
  return [...kinds.values()];
}
