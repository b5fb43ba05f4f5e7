/**
 * What policies that validate and policies that mutate have in common, and their bindings.
 * Upstream: pkg/apis/admissionregistration/validation
 */
import { type FieldError, field } from '../errors.ts';
import { dns1035LabelErrors, dns1123SubdomainErrors, pathSegmentErrors } from '../names.ts';
import type { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, ValidatingAdmissionPolicy } from '../types.ts';
import { validateMatchConditions } from './admission-expressions.ts';
import { validateMatchResources } from './admission-rules.ts';
import { failurePolicies } from './admission-webhook.ts';
import { checkName, requireName, requireOneOf } from './checks.ts';
import { validateLabelSelector } from './label-selector.ts';

type Spec = NonNullable<MutatingAdmissionPolicy['spec']> | NonNullable<ValidatingAdmissionPolicy['spec']>;
type ParamKind = NonNullable<Spec['paramKind']>;
type BindingSpec = NonNullable<MutatingAdmissionPolicyBinding['spec']>;
type ParamRef = NonNullable<BindingSpec['paramRef']>;

/** When a policy is asked, and what it is told. */
export function validatePolicy(path: string, spec: Spec): FieldError[] {
  const { failurePolicy, paramKind, matchConstraints: match, matchConditions } = spec;
  return [
    ...requireOneOf(`${path}.failurePolicy`, failurePolicy, failurePolicies),
    ...(paramKind ? validateParamKind(`${path}.paramKind`, paramKind) : []),
    ...(match
      ? validateMatchResources(`${path}.matchConstraints`, match)
      : [field.required(`${path}.matchConstraints`)]),
    // Without a rule nothing is known of the types of what it is asked about.
    ...(match && (match.resourceRules ?? []).length === 0
      ? [field.required(`${path}.matchConstraints.resourceRules`)]
      : []),
    ...validateMatchConditions(`${path}.matchConditions`, matchConditions, paramKind !== undefined),
  ];
}

function validateParamKind(path: string, { apiVersion, kind }: ParamKind): FieldError[] {
  const kindErrors = dns1035LabelErrors((kind ?? '').toLowerCase()).join(',');
  return [
    ...validateApiVersion(`${path}.apiVersion`, apiVersion),
    ...(kind ? [] : [field.required(`${path}.kind`)]),
    ...(kind && kindErrors
      ? [field.invalid(`${path}.kind`, kind, `may have mixed case, but should otherwise match: ${kindErrors}`)]
      : []),
  ];
}

function validateApiVersion(path: string, apiVersion: string | undefined): FieldError[] {
  if (!apiVersion) return [field.required(path)];
  const parts = apiVersion.split('/');
  if (parts.length > 2) return [field.invalid(path, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  const [version = '', group = ''] = parts.reverse();
  const errors = (value: string, found: string[]): FieldError[] =>
    found.length > 0 ? [field.invalid(path, value, found.join(','))] : [];
  return [
    ...(group ? errors(group, dns1123SubdomainErrors(group)) : []),
    ...(version
      ? errors(version, dns1035LabelErrors(version))
      : [field.invalid(path, apiVersion, 'version must be specified')]),
  ];
}

/** Which policy is in force, where, and with which parameters. */
export const validateBinding = (path: string, { policyName, paramRef, matchResources }: BindingSpec): FieldError[] => [
  ...requireName(`${path}.policyName`, policyName, dns1123SubdomainErrors),
  ...(paramRef ? validateParamRef(`${path}.paramRef`, paramRef) : []),
  ...validateMatchResources(`${path}.matchResources`, matchResources),
];

function validateParamRef(path: string, { name, selector, parameterNotFoundAction: action }: ParamRef): FieldError[] {
  const both = name && selector ? 'name and selector are mutually exclusive' : undefined;
  return [
    ...checkName(`${path}.name`, name, pathSegmentErrors),
    ...(both ? [field.forbidden(`${path}.name`, both), field.forbidden(`${path}.selector`, both)] : []),
    ...validateLabelSelector(`${path}.selector`, selector),
    ...(name || selector ? [] : [field.required(path, 'one of name or selector must be specified')]),
    ...requireOneOf(`${path}.parameterNotFoundAction`, action, ['Allow', 'Deny']),
  ];
}
