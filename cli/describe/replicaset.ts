/** `describe replicaset`. Upstream: kubectl/pkg/describe (ReplicaSetDescriber) */
import { pods } from '../../api/kinds/pods.ts';
import { controllerOf } from '../../api/meta.ts';
import { formatLabelSelector } from '../../api/selectors.ts';
import type { Pod, PodTemplateSpec, ReplicaSet } from '../../api/types.ts';
import type { RestClient } from '../../client/rest.ts';
import { describeContainers } from './containers.ts';
import type { Describer } from './describer.ts';
import { describeEvents } from './events.ts';
import { describeAnnotations } from './metadata.ts';
import { tolerationText } from './tolerations.ts';
import { describeVolumes } from './volumes.ts';
import type { Description } from './writer.ts';

export const describeReplicaSet: Describer<ReplicaSet> = async (set, out, { rest, events, now }) => {
  const { metadata, spec, status } = set;
  out.field(0, 'Name', metadata.name);
  out.field(0, 'Namespace', metadata.namespace);
  out.field(0, 'Selector', formatLabelSelector(spec?.selector));
  out.map(0, 'Labels', metadata.labels);
  describeAnnotations(metadata.annotations, out);
  const owner = controllerOf(set);
  if (owner) out.field(0, 'Controlled By', `${owner.kind}/${owner.name}`);
  out.field(0, 'Replicas', `${status?.replicas ?? 0} current / ${spec?.replicas ?? 1} desired`);
  const count = countPhases(await ownPods(set, rest));
  out.field(
    0,
    'Pods Status',
    `${count('Running')} Running / ${count('Pending')} Waiting / ${count('Succeeded')} Succeeded / ${count('Failed')} Failed`,
  );
  describeTemplate(spec?.template ?? {}, out);
  const conditions = status?.conditions ?? [];
  if (conditions.length > 0) {
    out.line(0, 'Conditions:');
    const rows = conditions.map(({ type, status: value, reason }) => [type, value, reason ?? '']);
    out.table(1, ['Type', 'Status', 'Reason'], rows);
  }
  describeEvents(out, await events(), now);
};

async function ownPods({ metadata, spec }: ReplicaSet, rest: RestClient): Promise<Pod[]> {
  const labelSelector = formatLabelSelector(spec?.selector);
  const { items } = await rest.of(pods).list({ namespace: metadata.namespace, labelSelector });
  return items.filter((pod) => controllerOf(pod)?.uid === metadata.uid);
}

const countPhases =
  (list: Pod[]) =>
  (phase: string): number =>
    list.filter(({ status }) => status?.phase === phase).length;

function describeTemplate({ metadata, spec }: PodTemplateSpec, out: Description): void {
  out.line(0, 'Pod Template:');
  out.map(1, 'Labels', metadata?.labels);
  if (Object.keys(metadata?.annotations ?? {}).length > 0) describeAnnotations(metadata?.annotations, out, 1);
  if (spec?.serviceAccountName) out.field(1, 'Service Account', spec.serviceAccountName);
  if (spec?.initContainers?.length) describeContainers(out, 'Init Containers', spec.initContainers, []);
  describeContainers(out, 'Containers', spec?.containers ?? [], []);
  describeVolumes(out, spec?.volumes ?? [], 1);
  out.map(1, 'Node-Selectors', spec?.nodeSelector);
  out.list(1, 'Tolerations', (spec?.tolerations ?? []).map(tolerationText));
}
