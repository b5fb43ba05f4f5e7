/** As whom a pod and its containers run. Upstream: pkg/apis/core/validation (validatePodSpecSecurityContext, ValidateSecurityContext) */
import { type FieldError, field } from '../errors.ts';
import type { Container, PodSpec } from '../types.ts';
import { between, duplicates, each, oneOf } from './checks.ts';

type PodContext = NonNullable<PodSpec['securityContext']>;
type Profile = NonNullable<PodContext['seccompProfile']>;

/** Users and groups. */
const id = (path: string, value: number | undefined): FieldError[] => between(path, value, 0, 2 ** 31 - 1);

const maxSysctl = 253;
const segment = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const sysctlRegex = `(${segment}[\\./])*${segment}`;
const isSysctl = new RegExp(`^${sysctlRegex}$`);

/** The part of a pod's spec that is about all its containers. */
export function validatePodSecurityContext(path: string, spec: PodSpec): FieldError[] {
  const { securityContext: context = {}, hostPID, shareProcessNamespace } = spec;
  return [
    ...id(`${path}.runAsUser`, context.runAsUser),
    ...id(`${path}.runAsGroup`, context.runAsGroup),
    ...id(`${path}.fsGroup`, context.fsGroup),
    ...each(`${path}.supplementalGroups`, context.supplementalGroups, id),
    ...(hostPID && shareProcessNamespace
      ? [
          field.invalid(
            `${path}.shareProcessNamespace`,
            true,
            'ShareProcessNamespace and HostPID cannot both be enabled',
          ),
        ]
      : []),
    ...validateSysctls(`${path}.sysctls`, context.sysctls),
    ...oneOf(`${path}.fsGroupChangePolicy`, context.fsGroupChangePolicy, ['Always', 'OnRootMismatch']),
    ...oneOf(`${path}.supplementalGroupsPolicy`, context.supplementalGroupsPolicy, ['Merge', 'Strict']),
    ...validateProfile(`${path}.seccompProfile`, 'seccomp', context.seccompProfile),
    ...validateProfile(`${path}.appArmorProfile`, 'AppArmor', context.appArmorProfile),
  ];
}

const validateSysctls = (path: string, sysctls: PodContext['sysctls']): FieldError[] => [
  ...each(path, sysctls, (at, { name }) => {
    if (!name) return [field.required(`${at}.name`)];
    if (name.length <= maxSysctl && isSysctl.test(name)) return [];
    const why = `must have at most ${maxSysctl} characters and match regex ${sysctlRegex}`;
    return [field.invalid(`${at}.name`, name, why)];
  }),
  ...duplicates(path, sysctls ?? [], 'name', ({ name }) => name),
];

/** A profile of the node's own has a name, and no other has. */
function validateProfile(path: string, what: 'seccomp' | 'AppArmor', profile: Profile | undefined): FieldError[] {
  if (!profile) return [];
  const { type, localhostProfile } = profile;
  const at = `${path}.localhostProfile`;
  if (!type) return [field.required(`${path}.type`, `type is required when ${path.split('.').at(-1)} is set`)];
  return [
    ...oneOf(`${path}.type`, type, ['Localhost', 'RuntimeDefault', 'Unconfined']),
    ...(type === 'Localhost' && localhostProfile === undefined
      ? [field.required(at, `must be set when ${what} type is Localhost`)]
      : []),
    ...(type !== 'Localhost' && localhostProfile !== undefined
      ? [field.invalid(at, localhostProfile, `can only be set when ${what} type is Localhost`)]
      : []),
  ];
}

/** One container's own. */
export function validateSecurityContext(path: string, context: Container['securityContext']): FieldError[] {
  if (!context) return [];
  const { privileged, allowPrivilegeEscalation, capabilities } = context;
  const escalates = (why: string): FieldError[] =>
    allowPrivilegeEscalation === false ? [field.invalid(path, context, why)] : [];
  return [
    ...id(`${path}.runAsUser`, context.runAsUser),
    ...id(`${path}.runAsGroup`, context.runAsGroup),
    ...oneOf(`${path}.procMount`, context.procMount, ['Default', 'Unmasked']),
    ...validateProfile(`${path}.seccompProfile`, 'seccomp', context.seccompProfile),
    ...validateProfile(`${path}.appArmorProfile`, 'AppArmor', context.appArmorProfile),
    ...(privileged ? escalates('cannot set `allowPrivilegeEscalation` to false and `privileged` to true') : []),
    ...(capabilities?.add?.includes('CAP_SYS_ADMIN')
      ? escalates('cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN')
      : []),
  ];
}
