/** Devices that a pod claims, and the containers that use them. Upstream: pkg/apis/core/validation (ValidatePodResourceClaims) */
import { type FieldError, field } from '../errors.ts';
import { dns1123LabelErrors, dns1123SubdomainErrors } from '../names.ts';
import type { PodSpec } from '../types.ts';
import { checkName, chosen, duplicates, each, requireName } from './checks.ts';

const sources = ['resourceClaimName', 'resourceClaimTemplateName'];

/** The pod's claims, and that its containers use none but those. */
export function validatePodResourceClaims(path: string, spec: PodSpec): FieldError[] {
  const claims = spec.resourceClaims ?? [];
  const names = new Set(claims.map(({ name }) => name));
  const known = (at: string, containers: PodSpec['containers'] | undefined): FieldError[] =>
    each(at, containers, (container, { resources }) => {
      const used = resources?.claims ?? [];
      return [
        ...each(`${container}.resources.claims`, used, (where, { name }) =>
          !name ? [field.required(where)] : names.has(name) ? [] : [field.notFound(where, name)],
        ),
        ...duplicates(`${container}.resources.claims`, used, '', ({ name, request = '' }) =>
          request ? `${name}/${request}` : name,
        ),
      ];
    });
  return [
    ...each(`${path}.resourceClaims`, claims, (at, claim) => {
      const set = chosen(claim, sources);
      return [
        ...requireName(`${at}.name`, claim.name, dns1123LabelErrors),
        ...(set.length === 0
          ? [field.invalid(at, claim, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`')]
          : []),
        ...(set.length > 1
          ? [
              field.invalid(
                at,
                claim,
                'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified',
              ),
            ]
          : []),
        ...checkName(`${at}.resourceClaimName`, claim.resourceClaimName, dns1123SubdomainErrors),
        ...checkName(`${at}.resourceClaimTemplateName`, claim.resourceClaimTemplateName, dns1123SubdomainErrors),
      ];
    }),
    ...duplicates(`${path}.resourceClaims`, claims, 'name', ({ name }) => name),
    ...known(`${path}.containers`, spec.containers),
    ...known(`${path}.initContainers`, spec.initContainers),
  ];
}
