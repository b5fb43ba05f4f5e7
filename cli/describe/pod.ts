/** `describe pod`. Upstream: kubectl/pkg/describe (PodDescriber) */
import { age } from '../../api/age.ts';
import { controllerOf } from '../../api/meta.ts';
import { isPodTerminal, qosClass } from '../../api/pods.ts';
import type { Pod } from '../../api/types.ts';
import { describeContainers } from './containers.ts';
import type { Describer } from './describer.ts';
import { describeEvents } from './events.ts';
import { describeAnnotations } from './metadata.ts';
import { tolerationText } from './tolerations.ts';
import { describeVolumes } from './volumes.ts';
import { type Description, longTime } from './writer.ts';

export const describePod: Describer<Pod> = async (pod, out, { events, now }) => {
  describeIdentity(pod, out, now);
  const { spec, status } = pod;
  if (spec?.initContainers?.length)
    describeContainers(out, 'Init Containers', spec.initContainers, status?.initContainerStatuses ?? [], pod);
  describeContainers(out, 'Containers', spec?.containers ?? [], status?.containerStatuses ?? [], pod);
  const conditions = status?.conditions ?? [];
  if (conditions.length > 0) {
    out.line(0, 'Conditions:');
    out.line(1, 'Type\tStatus');
    for (const condition of conditions) out.line(1, `${condition.type} \t${condition.status} `);
  }
  describeVolumes(out, spec?.volumes ?? []);
  out.field(0, 'QoS Class', status?.qosClass ?? qosClass(pod));
  out.map(0, 'Node-Selectors', spec?.nodeSelector);
  out.list(0, 'Tolerations', (spec?.tolerations ?? []).map(tolerationText).sort());
  describeEvents(out, await events(), now);
};

function describeIdentity(pod: Pod, out: Description, now: number): void {
  const { metadata, spec, status } = pod;
  out.field(0, 'Name', metadata.name);
  out.field(0, 'Namespace', metadata.namespace);
  if (spec?.priority !== undefined) out.field(0, 'Priority', spec.priority);
  if (spec?.priorityClassName) out.field(0, 'Priority Class Name', spec.priorityClassName);
  if (spec?.runtimeClassName) out.field(0, 'Runtime Class Name', spec.runtimeClassName);
  if (spec?.serviceAccountName) out.field(0, 'Service Account', spec.serviceAccountName);
  out.field(0, 'Node', spec?.nodeName ? `${spec.nodeName}/${status?.hostIP ?? ''}` : '<none>');
  if (status?.startTime) out.field(0, 'Start Time', longTime(status.startTime));
  out.map(0, 'Labels', metadata.labels);
  describeAnnotations(metadata.annotations, out);
  if (metadata.deletionTimestamp && !isPodTerminal(pod)) {
    out.field(0, 'Status', `Terminating (lasts ${age(metadata.deletionTimestamp, now)})`);
    out.field(0, 'Termination Grace Period', `${metadata.deletionGracePeriodSeconds}s`);
  } else {
    out.field(0, 'Status', status?.phase ?? '');
  }
  if (status?.reason) out.field(0, 'Reason', status.reason);
  if (status?.message) out.field(0, 'Message', status.message);
  out.field(0, 'IP', status?.podIP ?? '');
  if (status?.podIPs?.length) {
    out.line(0, 'IPs:');
    for (const { ip } of status.podIPs) out.field(1, 'IP', ip ?? '');
  } else {
    out.field(0, 'IPs', '<none>');
  }
  const owner = controllerOf(pod);
  if (owner) out.field(0, 'Controlled By', `${owner.kind}/${owner.name}`);
}
