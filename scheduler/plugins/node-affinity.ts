/**
 * `nodeSelector` and required node affinity choose the nodes that a pod may run on; preferred affinity rates them.
 * Upstream: pkg/scheduler/framework/plugins/nodeaffinity, component-helpers/scheduling/corev1/nodeaffinity
 */
import { matches, type Requirement } from '../../api/selectors.ts';
import type { Node, Pod } from '../../api/types.ts';
import { type Plugin, refuse } from '../plugin.ts';

export const reasonNodeAffinity = "node(s) didn't match Pod's node affinity/selector";

type NodeAffinity = NonNullable<NonNullable<NonNullable<Pod['spec']>['affinity']>['nodeAffinity']>;
type Term = NonNullable<NodeAffinity['requiredDuringSchedulingIgnoredDuringExecution']>['nodeSelectorTerms'][number];
type Expression = NonNullable<Term['matchExpressions']>[number];

const operators: Record<string, Requirement['operator']> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
  Gt: 'gt',
  Lt: 'lt',
};

const requirements = (expressions: Expression[] | undefined): Requirement[] =>
  (expressions ?? []).map(({ key, operator, values = [] }) => ({ key, operator: operators[operator]!, values }));

/** Whether the node meets all of a term's expressions. A term without any matches no node. */
export function matchesTerm(term: Term, node: Node): boolean {
  if (!term.matchExpressions?.length && !term.matchFields?.length) return false;
  return (
    matches(requirements(term.matchExpressions), node.metadata.labels) &&
    matches(requirements(term.matchFields), { 'metadata.name': node.metadata.name ?? '' })
  );
}

export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  retryOn: ['node-add', 'node-label'],
  weight: 2,
  normalize: 'highest-is-best',
  filter({ pod, nodeSelector }, { node }) {
    const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    const fits =
      matches(nodeSelector, node!.metadata.labels) &&
      (!required || required.nodeSelectorTerms.some((term) => matchesTerm(term, node!)));
    return fits ? undefined : refuse(reasonNodeAffinity);
  },
  score: ({ pod }, { node }) =>
    (pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
      .filter(({ preference }) => matchesTerm(preference, node!))
      .reduce((sum, { weight }) => sum + weight, 0),
};
