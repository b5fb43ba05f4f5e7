/** Containers of a pod. Upstream: pkg/apis/core/validation (validateContainers, validateInitContainers) */
import { type FieldError, field } from '../errors.ts';
import { dns1123LabelErrors, portNameErrors, portNumberErrors } from '../names.ts';
import type { Container, PodSpec } from '../types.ts';
import { checkName, duplicates, each, oneOf, required, requireName, requireOneOf } from './checks.ts';
import { validateEnv } from './env.ts';
import { validateLifecycle, validateProbes } from './probes.ts';
import { validateResources } from './resources.ts';
import { validateSecurityContext } from './security-context.ts';
import { validateVolumeDevices, validateVolumeMounts } from './volumes.ts';

/** All containers of a pod, init containers included. */
export function validateContainers(path: string, spec: PodSpec): FieldError[] {
  const volumes = new Set((spec.volumes ?? []).map((volume) => volume.name));
  const containers = spec.containers ?? [];
  const inits = spec.initContainers ?? [];
  const names = new Set(containers.map((container) => container.name));
  return [
    ...(containers.length === 0 ? [field.required(`${path}.containers`)] : []),
    ...each(`${path}.containers`, containers, (at, container) => [
      ...validateContainer(at, container, spec, volumes),
      ...validateLifecycle(`${at}.lifecycle`, container.lifecycle),
      ...validateProbes(at, container),
    ]),
    ...duplicates(`${path}.containers`, containers, 'name', (container) => container.name),
    ...each(`${path}.initContainers`, inits, (at, container) => [
      ...validateContainer(at, container, spec, volumes),
      ...validateInit(at, container),
      ...(names.has(container.name) ? [field.duplicate(`${at}.name`, container.name)] : []),
    ]),
    ...duplicates(`${path}.initContainers`, inits, 'name', (container) => container.name),
    ...validateHostPorts(path, spec),
  ];
}

/** A port of the node is one container's. Init containers that end have theirs one after another. */
function validateHostPorts(path: string, { containers, initContainers }: PodSpec): FieldError[] {
  const taken = new Set<string>();
  const check = (at: string, container: Container): FieldError[] =>
    each(`${at}.ports`, container.ports, (where, { protocol = '', hostIP = '', hostPort }) => {
      if (!hostPort) return [];
      const id = `${protocol}/${hostIP}/${hostPort}`;
      const repeated = taken.has(id);
      taken.add(id);
      return repeated ? [field.duplicate(`${where}.hostPort`, id)] : [];
    });
  return [
    ...each(`${path}.containers`, containers, check),
    ...each(`${path}.initContainers`, initContainers, (at, container) =>
      container.restartPolicy === 'Always' ? check(at, container) : [],
    ),
  ];
}

/** What every container must keep to, whatever it is for. */
export function validateContainer(
  path: string,
  container: Container,
  spec: PodSpec,
  volumes: ReadonlySet<string>,
): FieldError[] {
  const image = container.image;
  return [
    ...requireName(`${path}.name`, container.name, dns1123LabelErrors),
    ...required(`${path}.image`, image),
    ...(image && image !== image.trim()
      ? [field.invalid(`${path}.image`, image, 'must not have leading or trailing whitespace')]
      : []),
    ...requireOneOf(`${path}.terminationMessagePolicy`, container.terminationMessagePolicy, [
      'FallbackToLogsOnError',
      'File',
    ]),
    ...requireOneOf(`${path}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']),
    ...validatePorts(`${path}.ports`, container, spec.hostNetwork ?? false),
    ...validateEnv(path, container),
    ...validateVolumeMounts(`${path}.volumeMounts`, container, volumes),
    ...validateVolumeDevices(`${path}.volumeDevices`, container, volumes),
    ...validateResizePolicy(`${path}.resizePolicy`, container.resizePolicy),
    ...oneOf(`${path}.restartPolicy`, container.restartPolicy, ['Always', 'Never', 'OnFailure']),
    ...validateRestartRules(path, container),
    ...validateResources(`${path}.resources`, container.resources),
    ...validateSecurityContext(`${path}.securityContext`, container.securityContext),
  ];
}

/** What becomes of the container when its resources change, of each resource once. */
const validateResizePolicy = (path: string, policies: Container['resizePolicy']): FieldError[] => [
  ...each(path, policies, (at, { resourceName, restartPolicy }) => [
    ...requireOneOf(`${at}.resourceName`, resourceName, ['cpu', 'memory']),
    ...requireOneOf(`${at}.restartPolicy`, restartPolicy, ['NotRequired', 'RestartContainer']),
  ]),
  ...duplicates(path, policies ?? [], '', ({ resourceName }) => resourceName),
];

const maxRestartRules = 20;
const maxExitCodes = 255;

/** Exit codes that decide for themselves, whatever the policy is. */
function validateRestartRules(
  path: string,
  { restartPolicy, restartPolicyRules: rules = [] }: Container,
): FieldError[] {
  if (rules.length === 0) return [];
  const at = `${path}.restartPolicyRules`;
  return [
    ...required(`${path}.restartPolicy`, restartPolicy, 'must specify restartPolicy when restart rules are used'),
    ...(rules.length > maxRestartRules ? [field.tooMany(at, rules.length, maxRestartRules)] : []),
    ...each(at, rules, (rule, { action, exitCodes }) => [
      ...requireOneOf(`${rule}.action`, action, ['Restart', 'RestartAllContainers']),
      ...(exitCodes
        ? [
            ...requireOneOf(`${rule}.exitCodes.operator`, exitCodes.operator, ['In', 'NotIn']),
            ...((exitCodes.values ?? []).length > maxExitCodes
              ? [field.tooMany(`${rule}.exitCodes.values`, exitCodes.values!.length, maxExitCodes)]
              : []),
          ]
        : [field.required(`${rule}.exitCodes`, 'must be specified')]),
    ]),
  ];
}

const validatePorts = (path: string, container: Container, hostNetwork: boolean): FieldError[] => [
  ...each(path, container.ports, (at, port) => [
    ...checkName(`${at}.name`, port.name, portNameErrors),
    ...(port.containerPort
      ? portNumberErrors(port.containerPort).map((why) => field.invalid(`${at}.containerPort`, port.containerPort, why))
      : [field.required(`${at}.containerPort`)]),
    ...(port.hostPort
      ? portNumberErrors(port.hostPort).map((why) => field.invalid(`${at}.hostPort`, port.hostPort, why))
      : []),
    ...requireOneOf(`${at}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']),
    ...(hostNetwork && port.hostPort !== port.containerPort
      ? [field.invalid(`${at}.containerPort`, port.containerPort, 'must match `hostPort` when `hostNetwork` is true')]
      : []),
  ]),
  ...duplicates(path, container.ports ?? [], 'name', (port) => port.name),
];

const notForInit = 'may not be set for init containers without restartPolicy=Always';

function validateInit(path: string, container: Container): FieldError[] {
  if (container.restartPolicy === 'Always') {
    return [...validateLifecycle(`${path}.lifecycle`, container.lifecycle), ...validateProbes(path, container)];
  }
  const set = (['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const).filter((f) => container[f]);
  return [...set.map((name) => field.forbidden(`${path}.${name}`, notForInit))];
}
