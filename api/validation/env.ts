/** Environment variables and where their values come from. Upstream: pkg/apis/core/validation (ValidateEnv, validateEnvFrom) */
import { type FieldError, field } from '../errors.ts';
import { configMapKeyErrors, dns1123SubdomainErrors, envVarNameErrors, labelKeyErrors } from '../names.ts';
import type { Container, EnvVar } from '../types.ts';
import { checkName, chosen, each, required, requireName } from './checks.ts';

const sources = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'];

/** Fields of the pod that an environment variable can show. */
const envFields = [
  ...['metadata.name', 'metadata.namespace', 'metadata.uid', 'spec.nodeName', 'spec.serviceAccountName'],
  ...['status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs'],
];

/** Fields that a downward API volume can show. */
export const volumeFields = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];

const containerResources = [
  ...['limits.cpu', 'limits.ephemeral-storage', 'limits.memory'],
  ...['requests.cpu', 'requests.ephemeral-storage', 'requests.memory'],
];

export const validateEnv = (path: string, container: Container): FieldError[] => [
  ...each(`${path}.env`, container.env, (at, variable) => [
    ...requireName(`${at}.name`, variable.name, envVarNameErrors),
    ...validateValueFrom(`${at}.valueFrom`, variable),
  ]),
  ...each(`${path}.envFrom`, container.envFrom, (at, source) => {
    const set = chosen(source, ['configMapRef', 'secretRef']);
    return [
      ...checkName(`${at}.prefix`, source.prefix, envVarNameErrors),
      ...(set.length === 0 ? [field.invalid(at, '', 'must specify one of: `configMapRef` or `secretRef`')] : []),
      ...(set.length > 1 ? [field.invalid(at, '', 'may not have more than one field specified at a time')] : []),
      ...(source.configMapRef
        ? requireName(`${at}.configMapRef.name`, source.configMapRef.name, dns1123SubdomainErrors)
        : []),
      ...(source.secretRef ? requireName(`${at}.secretRef.name`, source.secretRef.name, dns1123SubdomainErrors) : []),
    ];
  }),
];

function validateValueFrom(path: string, variable: EnvVar): FieldError[] {
  const from = variable.valueFrom;
  if (!from) return [];
  const set = chosen(from, sources);
  const errors: FieldError[] = [];
  if (set.length === 0) {
    errors.push(
      field.invalid(
        path,
        '',
        'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
      ),
    );
  }
  if (set.length > 0 && variable.value)
    errors.push(field.invalid(path, '', 'may not be specified when `value` is not empty'));
  if (set.length > 1) errors.push(field.invalid(path, '', 'may not have more than one field specified at a time'));
  if (from.fieldRef) errors.push(...validateFieldRef(`${path}.fieldRef`, from.fieldRef, envFields));
  if (from.resourceFieldRef)
    errors.push(...validateResourceFieldRef(`${path}.resourceFieldRef`, from.resourceFieldRef));
  for (const name of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const reference = from[name];
    if (!reference) continue;
    errors.push(...checkName(`${path}.${name}.name`, reference.name, dns1123SubdomainErrors));
    errors.push(...requireName(`${path}.${name}.key`, reference.key, configMapKeyErrors));
  }
  return errors;
}

/** A field of the pod, or one label or annotation of it: `metadata.labels['app']`. */
export function validateFieldRef(path: string, ref: { fieldPath: string }, supported: readonly string[]): FieldError[] {
  if (!ref.fieldPath) return [field.required(`${path}.fieldPath`)];
  const entry = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(ref.fieldPath);
  if (entry) return labelKeyErrors(entry[2]!.toLowerCase()).map((why) => field.invalid(path, entry[2], why));
  if (!envFields.includes(ref.fieldPath) && !volumeFields.includes(ref.fieldPath)) {
    const why = `error converting fieldPath: field label not supported: ${ref.fieldPath}`;
    return [field.invalid(`${path}.fieldPath`, ref.fieldPath, why)];
  }
  return supported.includes(ref.fieldPath) ? [] : [field.notSupported(`${path}.fieldPath`, ref.fieldPath, supported)];
}

/** A request or limit of a container. */
export function validateResourceFieldRef(path: string, ref: { resource: string }): FieldError[] {
  const missing = required(`${path}.resource`, ref.resource);
  if (missing.length > 0) return missing;
  if (containerResources.includes(ref.resource) || /^(limits|requests)\.hugepages-/.test(ref.resource)) return [];
  return [field.notSupported(`${path}.resource`, ref.resource, containerResources)];
}
