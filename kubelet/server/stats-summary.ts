/** `/stats/summary`: what the node's containers use. Upstream: pkg/kubelet/server/stats. Left out: network, file systems. */
import { rfc3339 } from '../../api/meta.ts';
import type { Pod } from '../../api/types.ts';
import { isRunning } from '../pods/observed.ts';
import type { ContainerStats, Runtime } from '../runtime/runtime.ts';
import type { PodLookup } from './find-container.ts';

const usage = (stats: ContainerStats): Record<string, unknown> => {
  const time = rfc3339(new Date(stats.timestamp));
  return {
    cpu: { time, usageCoreNanoSeconds: stats.cpuUsageNanoseconds },
    memory: { time, usageBytes: stats.memoryUsageBytes, workingSetBytes: stats.memoryWorkingSetBytes },
  };
};

async function podStats(runtime: Runtime, lookup: PodLookup, pod: Pod): Promise<unknown> {
  const { name, namespace, uid = '', creationTimestamp } = pod.metadata;
  const running = (await lookup.observe(uid)).containers.filter(isRunning);
  const containers = await Promise.all(
    running.map(async (container) => {
      const stats = await runtime.containerStats(container.id);
      return (
        stats && { name: container.metadata.name, startTime: rfc3339(new Date(container.startedAt)), ...usage(stats) }
      );
    }),
  );
  return {
    podRef: { name, namespace, uid },
    startTime: pod.status?.startTime ?? creationTimestamp,
    containers: containers.filter(Boolean),
  };
}

export async function statsSummary(
  runtime: Runtime,
  lookup: PodLookup,
  nodeName: string,
  pods: Pod[],
): Promise<unknown> {
  return { node: { nodeName }, pods: await Promise.all(pods.map((pod) => podStats(runtime, lookup, pod))) };
}
