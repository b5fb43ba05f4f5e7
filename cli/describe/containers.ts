/** The containers of a pod, or of a pod template. Upstream: kubectl/pkg/describe (describeContainers) */
import type { Container, ContainerState, ContainerStatus, EnvVar, Pod, Probe } from '../../api/types.ts';
import { valuesAt } from '../jsonpath.ts';
import { type Description, longTime } from './writer.ts';

/** With the pod, values from its fields are shown. */
export function describeContainers(
  out: Description,
  label: string,
  containers: Container[],
  statuses: ContainerStatus[],
  pod?: Pod,
): void {
  // Inside a template names stand one column further in, as kubectl has them.
  const indent = pod ? '' : ' ';
  out.line(pod ? 0 : 1, `${label}:${containers.length === 0 ? ' <none>' : ''}`);
  for (const container of containers) {
    out.line(1, `${indent}${container.name}:`);
    const status = statuses.find(({ name }) => name === container.name);
    describeBasics(out, container, status);
    describeLines(out, 'Command', container.command);
    describeLines(out, 'Args', container.args);
    if (status) describeStatus(out, status);
    describeQuantities(out, 'Limits', container.resources?.limits);
    describeQuantities(out, 'Requests', container.resources?.requests);
    for (const [name, probe] of [
      ['Liveness', container.livenessProbe],
      ['Readiness', container.readinessProbe],
      ['Startup', container.startupProbe],
    ] as const)
      if (probe) out.field(2, name, probeText(probe));
    describeEnvironment(out, container, pod);
    describeMounts(out, container);
  }
}

function describeBasics(out: Description, container: Container, status: ContainerStatus | undefined): void {
  if (status) out.field(2, 'Container ID', status.containerID ?? '');
  out.field(2, 'Image', container.image ?? '');
  if (status) out.field(2, 'Image ID', status.imageID ?? '');
  const ports = container.ports ?? [];
  const some = ports.length > 1 ? 's' : '';
  const list = (numbers: (number | undefined)[]): string =>
    numbers.map((port, index) => `${port ?? 0}/${ports[index]?.protocol ?? 'TCP'}`).join(', ') || '<none>';
  out.field(2, `Port${some}`, list(ports.map(({ containerPort }) => containerPort)));
  out.field(2, `Host Port${some}`, list(ports.map(({ hostPort }) => hostPort)));
}

function describeLines(out: Description, label: string, values: string[] | undefined): void {
  if (!values?.length) return;
  out.line(2, `${label}:`);
  for (const line of values.flatMap((value) => value.split('\n'))) out.line(3, line);
}

function describeStatus(out: Description, status: ContainerStatus): void {
  describeState(out, 'State', status.state ?? {});
  if (status.lastState?.terminated) describeState(out, 'Last State', status.lastState);
  out.field(2, 'Ready', status.ready ? 'True' : 'False');
  out.field(2, 'Restart Count', status.restartCount);
}

function describeState(out: Description, label: string, { running, waiting, terminated }: ContainerState): void {
  if (running) {
    out.field(2, label, 'Running');
    out.field(3, 'Started', longTime(running.startedAt));
  } else if (terminated) {
    out.field(2, label, 'Terminated');
    if (terminated.reason) out.field(3, 'Reason', terminated.reason);
    if (terminated.message) out.field(3, 'Message', terminated.message);
    out.field(3, 'Exit Code', terminated.exitCode);
    if (terminated.signal) out.field(3, 'Signal', terminated.signal);
    out.field(3, 'Started', longTime(terminated.startedAt));
    out.field(3, 'Finished', longTime(terminated.finishedAt));
  } else {
    out.field(2, label, 'Waiting');
    if (waiting?.reason) out.field(3, 'Reason', waiting.reason);
  }
}

function describeQuantities(out: Description, label: string, quantities: Record<string, string> | undefined): void {
  const entries = Object.entries(quantities ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return;
  out.line(2, `${label}:`);
  for (const [name, quantity] of entries) out.field(3, name, quantity);
}

function probeText(probe: Probe): string {
  const times =
    `delay=${probe.initialDelaySeconds ?? 0}s timeout=${probe.timeoutSeconds ?? 1}s period=${probe.periodSeconds ?? 10}s ` +
    `#success=${probe.successThreshold ?? 1} #failure=${probe.failureThreshold ?? 3}`;
  const { exec, httpGet, tcpSocket, grpc } = probe;
  if (exec) return `exec [${(exec.command ?? []).join(' ')}] ${times}`;
  if (httpGet) {
    const scheme = (httpGet.scheme ?? 'HTTP').toLowerCase();
    return `http-get ${scheme}://${httpGet.host ?? ''}:${httpGet.port}${httpGet.path ?? '/'} ${times}`;
  }
  if (tcpSocket) return `tcp-socket ${tcpSocket.host ?? ''}:${tcpSocket.port} ${times}`;
  if (grpc) return `grpc <pod>:${grpc.port} ${grpc.service ?? ''} ${times}`;
  return `unknown ${times}`;
}

function describeEnvironment(out: Description, { envFrom = [], env = [] }: Container, pod: Pod | undefined): void {
  if (envFrom.length > 0) {
    out.line(2, 'Environment Variables from:');
    for (const { configMapRef, secretRef, prefix } of envFrom) {
      const ref = configMapRef ?? secretRef;
      const kind = `${configMapRef ? 'ConfigMap' : 'Secret'}${prefix ? ` with prefix '${prefix}'` : ''}`;
      out.line(3, `${ref?.name ?? ''}\t${kind}\tOptional: ${ref?.optional ?? false}`);
    }
  }
  out.line(2, `Environment:${env.length === 0 ? '\t<none>' : ''}`);
  for (const variable of env) {
    const [first = '', ...more] = valueText(variable, pod).split('\n');
    out.line(3, `${variable.name}:\t${first}`);
    for (const line of more) out.line(3, `\t${line}`);
  }
}

function valueText({ value, valueFrom }: EnvVar, pod: Pod | undefined): string {
  const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = valueFrom ?? {};
  if (fieldRef) {
    // kubectl knows the values of metadata only.
    const isKnown = pod !== undefined && fieldRef.fieldPath.startsWith('metadata.');
    const found = isKnown ? (valuesAt(fieldRef.fieldPath, pod)[0] ?? '') : '';
    return `${found} (${fieldRef.apiVersion ?? 'v1'}:${fieldRef.fieldPath})`;
  }
  if (resourceFieldRef) return ` (${resourceFieldRef.resource})`;
  if (secretKeyRef)
    return `<set to the key '${secretKeyRef.key}' in secret '${secretKeyRef.name}'>\tOptional: ${secretKeyRef.optional ?? false}`;
  if (configMapKeyRef)
    return `<set to the key '${configMapKeyRef.key}' of config map '${configMapKeyRef.name}'>\tOptional: ${configMapKeyRef.optional ?? false}`;
  return value ?? '';
}

function describeMounts(out: Description, { volumeMounts = [] }: Container): void {
  out.line(2, `Mounts:${volumeMounts.length === 0 ? '\t<none>' : ''}`);
  const sorted = [...volumeMounts].sort((a, b) => (a.mountPath < b.mountPath ? -1 : 1));
  for (const { mountPath, name, readOnly, subPath } of sorted) {
    const path = subPath ? `,path=${JSON.stringify(subPath)}` : '';
    out.line(3, `${mountPath} from ${name} (${readOnly ? 'ro' : 'rw'}${path})`);
  }
}
