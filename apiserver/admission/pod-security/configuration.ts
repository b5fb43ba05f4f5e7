/**
 * What the plugin is told by its configuration: the levels of namespaces whose labels say nothing, and what is not looked at.
 *
 * Upstream: k8s.io/pod-security-admission/admission/api
 */
import { type FieldError, field, invalid } from '../../../api/errors.ts';
import { dns1123LabelErrors, dns1123SubdomainErrors } from '../../../api/names.ts';
import { type ConfigurationKind, readConfiguration } from '../../configuration-file/read.ts';
import { refuse } from '../configuration.ts';
import { type Level, levelError, type Mode, modes, type Policy, versionError } from './policy.ts';

const group = 'pod-security.admission.config.k8s.io';

const configurationKind: ConfigurationKind = {
  kind: 'PodSecurityConfiguration',
  apiVersions: [`${group}/v1`, `${group}/v1beta1`, `${group}/v1alpha1`],
  fields: {
    defaults: Object.fromEntries(modes.flatMap((mode) => [mode, `${mode}-version`].map((name) => [name, 'text']))),
    exemptions: { usernames: 'texts', namespaces: 'texts', runtimeClasses: 'texts' },
  },
};

/** Whoever is one of these is not held to any level. */
export interface Exemptions {
  usernames: readonly string[];
  namespaces: readonly string[];
  runtimeClasses: readonly string[];
}

export interface PodSecurityConfiguration {
  defaults: Policy;
  exemptions: Exemptions;
}

interface Written {
  defaults?: Partial<Record<Mode | `${Mode}-version`, string>>;
  exemptions?: Partial<Exemptions>;
}

/** Reads the text; without one nothing is forbidden that no label forbids. Throws with all that is wrong. */
export function readPodSecurityConfiguration(text: string | undefined): PodSecurityConfiguration {
  const written = text === undefined ? {} : readConfiguration<Written>(text, configurationKind, refuse);
  const { defaults = {}, exemptions: { usernames = [], namespaces = [], runtimeClasses = [] } = {} } = written;
  const errors = [
    ...modes.flatMap((mode) => [
      ...levelError(`defaults.${mode}`, defaults[mode] ?? 'privileged'),
      ...versionError(`defaults.${mode}-version`, defaults[`${mode}-version`] ?? 'latest'),
    ]),
    ...nameErrors('exemptions.namespaces', namespaces, dns1123LabelErrors),
    ...nameErrors('exemptions.runtimeClasses', runtimeClasses, dns1123SubdomainErrors),
    ...nameErrors('exemptions.usernames', usernames, () => []),
  ];
  if (errors.length > 0) throw new Error(invalid({ group, kind: 'PodSecurityConfiguration' }, '', errors).message);
  const policyOf = (mode: Mode) => ({
    level: (defaults[mode] ?? 'privileged') as Level,
    version: defaults[`${mode}-version`] ?? 'latest',
  });
  return {
    defaults: { enforce: policyOf('enforce'), audit: policyOf('audit'), warn: policyOf('warn') },
    exemptions: { usernames, namespaces, runtimeClasses },
  };
}

const nameErrors = (path: string, names: readonly string[], errorsOf: (name: string) => string[]): FieldError[] =>
  names.flatMap((name, i) => {
    const at = `${path}[${i}]`;
    if (name === '') return [field.required(at)];
    const wrong = errorsOf(name);
    if (wrong.length > 0) return [field.invalid(at, name, wrong.join(', '))];
    return names.indexOf(name) < i ? [field.duplicate(at, name)] : [];
  });
