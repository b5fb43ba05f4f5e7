/**
 * A container's environment variables: the services', then `envFrom` in order, then `env` in order, where a later value
 * replaces an earlier one of the same name and may refer to it.
 *
 * Upstream: pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables)
 */
import type { ConfigMap, Container, EnvVar, Pod, Secret, Service } from '../../api/types.ts';
import { expand } from './expand.ts';
import { fieldValue, type PodPlace, resourceValue } from './field-value.ts';
import { serviceEnv, visibleServices } from './service-env.ts';

/** What variables are made from. `configMap` and `secret` reject with a 404 `ApiError` when there is no such object. */
export interface EnvironmentSources {
  services: Service[];
  allocatable: Readonly<Record<string, string>>;
  configMap(namespace: string, name: string): Promise<ConfigMap>;
  secret(namespace: string, name: string): Promise<Secret>;
}

/** A container whose configuration names something that is not there. The message completes `Error: `. */
export class ContainerConfigError extends Error {
  override name = 'ContainerConfigError';
}

/** The variables by name. Rejects with `ContainerConfigError` for a missing object or key that is not optional. */
export async function makeEnvironment(
  pod: Pod,
  container: Container,
  place: PodPlace,
  sources: EnvironmentSources,
): Promise<Record<string, string>> {
  const namespace = pod.metadata.namespace ?? '';
  const result: Record<string, string> = {};
  for (const source of container.envFrom ?? []) {
    const found =
      (source.configMapRef && (await data(sources, 'configmap', namespace, source.configMapRef))) ??
      (source.secretRef && (await data(sources, 'secret', namespace, source.secretRef)));
    for (const [key, value] of Object.entries(found ?? {})) result[`${source.prefix ?? ''}${key}`] = value;
  }
  const services = serviceEnv(visibleServices(sources.services, namespace, pod.spec?.enableServiceLinks !== false));
  // References see the services as well, but what the pod sets itself wins.
  const known: Record<string, string> = { ...services, ...result };
  for (const variable of container.env ?? []) {
    const value = await variableValue(variable, pod, container, place, sources, known);
    if (value === undefined) continue;
    result[variable.name] = value;
    known[variable.name] = value;
  }
  return { ...services, ...result };
}

async function variableValue(
  { value, valueFrom }: EnvVar,
  pod: Pod,
  container: Container,
  place: PodPlace,
  sources: EnvironmentSources,
  known: Record<string, string>,
): Promise<string | undefined> {
  if (!valueFrom) return expand(value ?? '', known);
  if (valueFrom.fieldRef) return fieldValue(pod, valueFrom.fieldRef.fieldPath, place);
  if (valueFrom.resourceFieldRef) {
    const { resource, divisor, containerName } = valueFrom.resourceFieldRef;
    const of = (pod.spec?.containers ?? []).find((c) => c.name === containerName) ?? container;
    return resourceValue(of, resource, divisor, sources.allocatable);
  }
  const namespace = pod.metadata.namespace ?? '';
  if (valueFrom.configMapKeyRef) return keyOf(sources, 'configmap', namespace, valueFrom.configMapKeyRef);
  if (valueFrom.secretKeyRef) return keyOf(sources, 'secret', namespace, valueFrom.secretKeyRef);
  throw new ContainerConfigError('a variable has a valueFrom that this kubelet does not support');
}

interface Reference {
  name?: string;
  optional?: boolean;
}

/** Kubernetes' capitalization in "couldn't find key". */
const kinds = { configmap: 'ConfigMap', secret: 'Secret' } as const;

/** All values of the object; undefined when it is missing and may be. */
async function data(
  sources: EnvironmentSources,
  kind: 'configmap' | 'secret',
  namespace: string,
  reference: Reference,
): Promise<Record<string, string> | undefined> {
  const name = reference.name ?? '';
  try {
    if (kind === 'configmap') return (await sources.configMap(namespace, name)).data ?? {};
    const secret = await sources.secret(namespace, name);
    return Object.fromEntries(
      Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
    );
  } catch (error) {
    if ((error as { code?: unknown }).code !== 404) throw error;
    if (reference.optional) return undefined;
    throw new ContainerConfigError(`${kind} "${name}" not found`);
  }
}

async function keyOf(
  sources: EnvironmentSources,
  kind: 'configmap' | 'secret',
  namespace: string,
  reference: Reference & { key: string },
): Promise<string | undefined> {
  const values = await data(sources, kind, namespace, reference);
  if (!values) return undefined;
  if (Object.hasOwn(values, reference.key)) return values[reference.key];
  if (reference.optional) return undefined;
  throw new ContainerConfigError(`couldn't find key ${reference.key} in ${kinds[kind]} ${namespace}/${reference.name}`);
}
