/** Probes and lifecycle hooks. Upstream: pkg/apis/core/validation (validateProbe, validateHandler) */
import { type FieldError, field } from '../errors.ts';
import { portNameErrors, portNumberErrors } from '../names.ts';
import type { Container, Probe } from '../types.ts';
import { chosen, nonNegative, required, requireOneOf } from './checks.ts';

type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & { sleep?: { seconds: number } };

/** All three probes of a container. */
export const validateProbes = (path: string, container: Container): FieldError[] => [
  ...validateProbe(`${path}.livenessProbe`, container.livenessProbe, true),
  ...validateProbe(`${path}.readinessProbe`, container.readinessProbe, false),
  ...validateProbe(`${path}.startupProbe`, container.startupProbe, true),
];

/** `once`: one success is all that this probe can wait for. */
function validateProbe(path: string, probe: Probe | undefined, once: boolean): FieldError[] {
  if (!probe) return [];
  return [
    ...validateHandler(path, probe, ['exec', 'httpGet', 'tcpSocket', 'grpc']),
    ...nonNegative(`${path}.initialDelaySeconds`, probe.initialDelaySeconds),
    ...nonNegative(`${path}.timeoutSeconds`, probe.timeoutSeconds),
    ...nonNegative(`${path}.periodSeconds`, probe.periodSeconds),
    ...nonNegative(`${path}.successThreshold`, probe.successThreshold),
    ...nonNegative(`${path}.failureThreshold`, probe.failureThreshold),
    ...graceErrors(`${path}.terminationGracePeriodSeconds`, probe.terminationGracePeriodSeconds, once),
    ...(once && (probe.successThreshold ?? 1) > 1
      ? [field.invalid(`${path}.successThreshold`, probe.successThreshold, 'must be 1')]
      : []),
  ];
}

function graceErrors(path: string, seconds: number | undefined, allowed: boolean): FieldError[] {
  if (seconds === undefined) return [];
  if (!allowed) return [field.invalid(path, seconds, 'must not be set for readinessProbes')];
  return seconds <= 0 ? [field.invalid(path, seconds, 'must be greater than 0')] : [];
}

/** Hooks of a container's start and stop. */
export const validateLifecycle = (path: string, lifecycle: Container['lifecycle']): FieldError[] =>
  (['postStart', 'preStop'] as const).flatMap((hook) => {
    const handler = lifecycle?.[hook];
    return handler ? validateHandler(`${path}.${hook}`, handler, ['exec', 'httpGet', 'tcpSocket', 'sleep']) : [];
  });

function validateHandler(path: string, handler: Handler, types: readonly string[]): FieldError[] {
  const set = chosen(handler, types);
  if (set.length === 0) return [field.required(path, 'must specify a handler type')];
  return [
    ...set.slice(1).map((type) => field.forbidden(`${path}.${type}`, 'may not specify more than 1 handler type')),
    ...(handler.exec && !handler.exec.command?.length ? [field.required(`${path}.exec.command`)] : []),
    ...(handler.httpGet ? validateHttpGet(`${path}.httpGet`, handler.httpGet) : []),
    ...(handler.tcpSocket ? validatePort(`${path}.tcpSocket.port`, handler.tcpSocket.port) : []),
    ...(handler.grpc ? validatePort(`${path}.grpc.port`, handler.grpc.port) : []),
  ];
}

const validateHttpGet = (path: string, get: NonNullable<Probe['httpGet']>): FieldError[] => [
  ...required(`${path}.path`, get.path),
  ...validatePort(`${path}.port`, get.port),
  ...requireOneOf(`${path}.scheme`, get.scheme, ['HTTP', 'HTTPS']),
  ...(get.httpHeaders ?? []).flatMap((header, i) =>
    /^[-A-Za-z0-9]+$/.test(header.name)
      ? []
      : [
          field.invalid(
            `${path}.httpHeaders[${i}]`,
            header.name,
            "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')",
          ),
        ],
  ),
];

/** A port by number or by the name of a container's port. */
export function validatePort(path: string, port: number | string | undefined): FieldError[] {
  const errors = typeof port === 'string' ? portNameErrors(port) : portNumberErrors(port ?? 0);
  return errors.map((why) => field.invalid(path, port ?? 0, why));
}
