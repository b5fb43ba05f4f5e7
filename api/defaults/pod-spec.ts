/**
 * The defaults of a pod's spec, also inside the templates of workloads. Changes the spec in place; idempotent.
 *
 * Upstream: pkg/apis/core/v1/defaults.go. What admission plugins set (service account, tolerations, priority) is not here.
 */
import type { Container, PodSpec, Probe, Volume } from '../types.ts';
import { setVolumeSourceDefaults } from './volume-sources.ts';

/** Defaults that a pod has by itself and in a template. */
export function setPodSpecDefaults(spec: PodSpec): void {
  spec.dnsPolicy ??= 'ClusterFirst';
  spec.restartPolicy ??= 'Always';
  spec.schedulerName ??= 'default-scheduler';
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  // The old name of the field, kept equal for old clients.
  spec.serviceAccountName ||= spec.serviceAccount;
  spec.serviceAccount = spec.serviceAccountName;
  if (spec.serviceAccountName === undefined) {
    delete spec.serviceAccount;
    delete spec.serviceAccountName;
  }
  for (const container of allContainers(spec)) {
    setContainerDefaults(container);
    if (!spec.hostNetwork) continue;
    for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
  }
  for (const volume of spec.volumes ?? []) setVolumeDefaults(volume);
}

/** Defaults that only a pod has, not a template. */
export function setPodOnlyDefaults(spec: PodSpec): void {
  spec.enableServiceLinks ??= true;
  for (const { resources } of allContainers(spec)) {
    if (resources?.limits) resources.requests = { ...resources.limits, ...resources.requests };
  }
}

const allContainers = (spec: PodSpec): Container[] => [
  ...(spec.containers ?? []),
  ...(spec.initContainers ?? []),
  ...((spec.ephemeralContainers ?? []) as Container[]),
];

/** `Always` for `:latest` and untagged images, else `IfNotPresent`. */
export function defaultPullPolicy(image: string | undefined): string {
  const [repository = '', digest] = (image ?? '').split('@');
  const tag = repository.slice(repository.lastIndexOf('/') + 1).split(':')[1];
  return tag === 'latest' || (tag === undefined && digest === undefined) ? 'Always' : 'IfNotPresent';
}

function setContainerDefaults(container: Container): void {
  container.imagePullPolicy ??= defaultPullPolicy(container.image);
  container.resources ??= {};
  container.terminationMessagePath ??= '/dev/termination-log';
  container.terminationMessagePolicy ??= 'File';
  for (const port of container.ports ?? []) port.protocol ??= 'TCP';
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.fieldRef) valueFrom.fieldRef.apiVersion ??= 'v1';
    if (valueFrom?.resourceFieldRef) valueFrom.resourceFieldRef.divisor ??= '0';
  }
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
    if (probe) setProbeDefaults(probe);
  }
  for (const handler of [container.lifecycle?.postStart, container.lifecycle?.preStop]) setHandlerDefaults(handler);
}

function setProbeDefaults(probe: Probe): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  setHandlerDefaults(probe);
  if (probe.grpc) probe.grpc.service ??= '';
}

function setHandlerDefaults(handler: Pick<Probe, 'httpGet'> | undefined): void {
  if (!handler?.httpGet) return;
  handler.httpGet.path ||= '/';
  handler.httpGet.scheme ||= 'HTTP';
}

/** Permissions of projected files: 0644. */
const fileMode = 0o644;

function setVolumeDefaults(volume: Volume): void {
  const { name: _, ...sources } = volume;
  if (Object.keys(sources).length === 0) volume.emptyDir = {};
  if (volume.hostPath) volume.hostPath.type ??= '';
  setVolumeSourceDefaults(volume);
  for (const source of [volume.secret, volume.configMap, volume.downwardAPI, volume.projected]) {
    if (source) source.defaultMode ??= fileMode;
  }
  const downward = [volume.downwardAPI, ...(volume.projected?.sources ?? []).map((source) => source.downwardAPI)];
  for (const item of downward.flatMap((source) => source?.items ?? [])) {
    if (item.fieldRef) item.fieldRef.apiVersion ??= 'v1';
    if (item.resourceFieldRef) item.resourceFieldRef.divisor ??= '0';
  }
  for (const { serviceAccountToken } of volume.projected?.sources ?? []) {
    if (serviceAccountToken) serviceAccountToken.expirationSeconds ??= 3600;
  }
  if (volume.image) volume.image.pullPolicy ??= defaultPullPolicy(volume.image.reference);
  const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
  if (claim) claim.volumeMode ??= 'Filesystem';
}
