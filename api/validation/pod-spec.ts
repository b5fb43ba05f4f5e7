/**
 * The rules of a pod's spec, in a pod and in a template.
 *
 * Upstream: pkg/apis/core/validation (ValidatePodSpec). Left out: Windows options, and what other fields a
 * pod's operating system rules out.
 */
import { isIP } from 'node:net';
import { type FieldError, field } from '../errors.ts';
import {
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  ipErrors,
  labelKeyErrors,
  labelValueErrors,
  qualifiedNameErrors,
} from '../names.ts';
import type { PodSpec, Toleration } from '../types.ts';
import { validateLabels } from '../validate-meta.ts';
import { validateAffinity, validateTopologySpread } from './affinity.ts';
import {
  between,
  checkName,
  duplicates,
  each,
  nonNegative,
  oneOf,
  required,
  requireName,
  requireOneOf,
} from './checks.ts';
import { validateContainers } from './containers.ts';
import { validatePodResourceClaims } from './pod-resource-claims.ts';
import { validateResources } from './resources.ts';
import { validatePodSecurityContext } from './security-context.ts';
import { validateVolumes } from './volumes.ts';

/** Everything about the spec at `path`. */
export function validatePodSpec(path: string, spec: PodSpec): FieldError[] {
  return [
    ...validateVolumes(`${path}.volumes`, spec.volumes),
    ...validateContainers(path, spec),
    ...requireOneOf(`${path}.restartPolicy`, spec.restartPolicy, ['Always', 'Never', 'OnFailure']),
    ...requireOneOf(`${path}.dnsPolicy`, spec.dnsPolicy, [
      'ClusterFirst',
      'ClusterFirstWithHostNet',
      'Default',
      'None',
    ]),
    ...validateDnsConfig(`${path}.dnsConfig`, spec),
    ...validateLabels(spec.nodeSelector, `${path}.nodeSelector`),
    ...checkName(`${path}.nodeName`, spec.nodeName, dns1123SubdomainErrors),
    ...checkName(`${path}.serviceAccountName`, spec.serviceAccountName, dns1123SubdomainErrors),
    ...checkName(`${path}.hostname`, spec.hostname, dns1123LabelErrors),
    ...checkName(`${path}.subdomain`, spec.subdomain, dns1123LabelErrors),
    ...checkName(`${path}.priorityClassName`, spec.priorityClassName, dns1123SubdomainErrors),
    ...checkName(`${path}.runtimeClassName`, spec.runtimeClassName, dns1123SubdomainErrors),
    ...oneOf(`${path}.preemptionPolicy`, spec.preemptionPolicy, ['Never', 'PreemptLowerPriority']),
    ...required(`${path}.schedulerName`, spec.schedulerName),
    ...nonNegative(`${path}.terminationGracePeriodSeconds`, spec.terminationGracePeriodSeconds),
    ...between(`${path}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, 1, 2 ** 31 - 1),
    ...each(`${path}.imagePullSecrets`, spec.imagePullSecrets, (at, secret) => required(`${at}.name`, secret.name)),
    ...each(`${path}.hostAliases`, spec.hostAliases, (at, alias) => [
      ...ipErrors(alias.ip).map((why) => field.invalid(`${at}.ip`, alias.ip, why)),
      ...each(`${at}.hostnames`, alias.hostnames, (name, text) => checkName(name, text, dns1123SubdomainErrors)),
    ]),
    ...each(`${path}.readinessGates`, spec.readinessGates, (at, gate) =>
      checkName(`${at}.conditionType`, gate.conditionType, qualifiedNameErrors),
    ),
    ...validateTolerations(`${path}.tolerations`, spec.tolerations),
    ...validatePodSecurityContext(`${path}.securityContext`, spec),
    ...validateAffinity(`${path}.affinity`, spec.affinity),
    ...validateTopologySpread(`${path}.topologySpreadConstraints`, spec.topologySpreadConstraints),
    ...validatePodResourceClaims(path, spec),
    ...each(`${path}.schedulingGates`, spec.schedulingGates, (at, { name }) =>
      requireName(at, name, qualifiedNameErrors),
    ),
    ...duplicates(`${path}.schedulingGates`, spec.schedulingGates ?? [], '', ({ name }) => name),
    ...(spec.os ? requireOneOf(`${path}.os.name`, spec.os.name, ['linux', 'windows']) : []),
    ...validateResources(`${path}.resources`, spec.resources),
    ...validateHostname(path, spec),
    ...validateResources(`${path}.overhead`, spec.overhead && { limits: spec.overhead }),
  ];
}

/** What the pod calls itself, where that is not its name or `hostname`. */
function validateHostname(path: string, { hostnameOverride, hostNetwork, setHostnameAsFQDN }: PodSpec): FieldError[] {
  if (hostnameOverride === undefined) return [];
  const at = `${path}.hostnameOverride`;
  return [
    ...dns1123SubdomainErrors(hostnameOverride).map((why) => field.invalid(at, hostnameOverride, why)),
    ...(hostnameOverride.length > 64 ? [field.tooLong(at, 64)] : []),
    ...(hostNetwork ? [field.forbidden(at, 'may not be specified when hostNetwork is true')] : []),
    ...(setHostnameAsFQDN
      ? [field.forbidden(`${path}.setHostnameAsFQDN`, 'may not be true when hostnameOverride is set')]
      : []),
  ];
}

function validateDnsConfig(path: string, spec: PodSpec): FieldError[] {
  const { nameservers = [], searches = [], options } = spec.dnsConfig ?? {};
  const errors: FieldError[] = [];
  if (spec.dnsPolicy === 'None' && !spec.dnsConfig) {
    const why = 'must provide `dnsConfig` when `dnsPolicy` is None';
    return [field.required(path, why)];
  }
  if (spec.dnsPolicy === 'None' && nameservers.length === 0) {
    errors.push(
      field.required(`${path}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None'),
    );
  }
  if (nameservers.length > 3) {
    errors.push(field.invalid(`${path}.nameservers`, nameservers, 'must not have more than 3 nameservers'));
  }
  if (searches.length > 32)
    errors.push(field.invalid(`${path}.searches`, searches, 'must not have more than 32 search paths'));
  return [
    ...errors,
    ...each(`${path}.nameservers`, nameservers, (at, ip) =>
      isIP(ip) ? [] : ipErrors(ip).map((why) => field.invalid(at, ip, why)),
    ),
    ...each(`${path}.options`, options, (at, option) => required(at, option.name, 'must not be empty')),
  ];
}

const effects = ['NoExecute', 'NoSchedule', 'PreferNoSchedule'];

/** Tolerations of a pod. */
export const validateTolerations = (path: string, tolerations: Toleration[] | undefined): FieldError[] =>
  each(path, tolerations, (at, { key, operator = 'Equal', value, effect, tolerationSeconds }) => {
    const errors: FieldError[] = checkName(`${at}.key`, key, labelKeyErrors);
    if (!key && operator !== 'Exists') {
      errors.push(
        field.invalid(
          `${at}.operator`,
          operator,
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      );
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      errors.push(
        field.invalid(`${at}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"),
      );
    }
    if (operator === 'Exists') {
      if (value) errors.push(field.invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'"));
    } else if (operator === 'Equal') {
      errors.push(...labelValueErrors(value ?? '').map((why) => field.invalid(`${at}.operator`, value, why)));
    } else {
      errors.push(field.notSupported(`${at}.operator`, operator, ['Equal', 'Exists']));
    }
    return [...errors, ...oneOf(`${at}.effect`, effect || undefined, effects)];
  });
