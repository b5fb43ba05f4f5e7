/**
 * The scheduling cycle: which node takes the pod, or why none does. Pure.
 * Upstream: pkg/scheduler/schedule_one.go
 */
import { type FitError, fitError } from './fit-error.ts';
import type { NodeInfo, PodInfo } from './node-info.ts';
import { maxNodeScore, type Plugin, type Verdict } from './plugin.ts';

export type Placement = { node: string } | { refused: FitError };

/** `random` gives numbers from 0 up to 1; it breaks ties between equally good nodes. */
export function plan(
  pod: PodInfo,
  nodes: readonly NodeInfo[],
  plugins: readonly Plugin[],
  random: () => number,
): Placement {
  const feasible: NodeInfo[] = [];
  const refusals: Verdict[] = [];
  for (const node of nodes) {
    const refusal = firstRefusal(pod, node, plugins);
    if (refusal) refusals.push(refusal);
    else feasible.push(node);
  }
  if (feasible.length === 0) return { refused: fitError(pod, nodes.length, refusals) };
  const best = feasible.length === 1 ? feasible[0]! : selectBest(pod, feasible, plugins, random);
  return { node: best.node!.metadata.name! };
}

function firstRefusal(pod: PodInfo, node: NodeInfo, plugins: readonly Plugin[]): Verdict | undefined {
  for (const plugin of plugins) {
    const refusal = plugin.filter?.(pod, node);
    if (refusal) return { ...refusal, node, plugin };
  }
  return undefined;
}

function selectBest(pod: PodInfo, nodes: NodeInfo[], plugins: readonly Plugin[], random: () => number): NodeInfo {
  const totals = scores(pod, nodes, plugins);
  const highest = Math.max(...totals);
  const best = nodes.filter((_, i) => totals[i] === highest);
  return best[Math.floor(random() * best.length)]!;
}

/** The weighted sum of all ratings, per node. */
export function scores(pod: PodInfo, nodes: readonly NodeInfo[], plugins: readonly Plugin[]): number[] {
  const totals = nodes.map(() => 0);
  for (const plugin of plugins) {
    if (!plugin.score) continue;
    const ratings = normalize(
      nodes.map((node) => plugin.score!(pod, node)),
      plugin.normalize,
    );
    for (const [i, rating] of ratings.entries()) totals[i]! += rating * (plugin.weight ?? 1);
  }
  return totals;
}

function normalize(ratings: number[], how: Plugin['normalize']): number[] {
  if (!how) return ratings;
  const highest = Math.max(...ratings);
  const reverse = how === 'lowest-is-best';
  if (highest === 0) return ratings.map(() => (reverse ? maxNodeScore : 0));
  return ratings.map((rating) => {
    const scaled = Math.floor((maxNodeScore * rating) / highest);
    return reverse ? maxNodeScore - scaled : scaled;
  });
}
