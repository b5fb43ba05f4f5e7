/** Rules of ResourceClaims, also as templates. Upstream: pkg/apis/resource/validation (validateDeviceClaim) */
import { type FieldError, field } from '../errors.ts';
import { dns1123LabelErrors } from '../names.ts';
import type { ResourceClaim } from '../types.ts';
import { chosen, duplicates, each, requireName } from './checks.ts';
import {
  atMost,
  maxItems,
  validateClassName,
  validateConfiguration,
  validateQualifiedName,
  validateSelectors,
  validateSet,
  validateToleration,
} from './devices.ts';

type Claim = NonNullable<ResourceClaim['spec']['devices']>;
type Request = NonNullable<Claim['requests']>[number];
type Wanted = NonNullable<Request['exactly']>;

const maxAlternatives = 8;

const nameOfRequest =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

/** The spec of a claim, at its path. */
export function validateClaimSpec(path: string, spec: ResourceClaim['spec'] | undefined): FieldError[] {
  const claim = spec?.devices ?? {};
  const at = `${path}.devices`;
  const references = (where: string, requests: string[] | undefined): FieldError[] =>
    validateSet(`${where}.requests`, requests, maxItems, (item, name) => validateRequestReference(item, name, claim));
  return [
    ...each(`${at}.requests`, claim.requests, validateRequest),
    ...atMost(`${at}.requests`, claim.requests, maxItems),
    ...duplicates(`${at}.requests`, claim.requests ?? [], 'name', ({ name }) => name),
    ...each(`${at}.constraints`, claim.constraints, (where, { requests, matchAttribute, distinctAttribute }) => [
      ...references(where, requests),
      ...(matchAttribute === undefined && distinctAttribute === undefined
        ? [field.required(`${where}.matchAttribute`)]
        : []),
      ...(matchAttribute === undefined ? [] : validateQualifiedName(`${where}.matchAttribute`, matchAttribute, true)),
    ]),
    ...atMost(`${at}.constraints`, claim.constraints, maxItems),
    ...each(`${at}.config`, claim.config, (where, config) => [
      ...references(where, config.requests),
      ...validateConfiguration(where, config),
    ]),
    ...atMost(`${at}.config`, claim.config, maxItems),
  ];
}

/** `gpu`, or `gpu/small` for an alternative of the request. */
export function validateRequestReference(path: string, name: string, claim: Claim): FieldError[] {
  const [first, second, ...rest] = name.split('/');
  const wrong = field.invalid(path, name, nameOfRequest);
  if (rest.length > 0) return [wrong];
  const request = claim.requests?.find((candidate) => candidate.name === first);
  const found = request && (second === undefined || request.firstAvailable?.some((sub) => sub.name === second));
  return [
    ...[first, second].flatMap((part) => (part === undefined ? [] : requireName(path, part, dns1123LabelErrors))),
    ...(found ? [] : [wrong]),
  ];
}

function validateRequest(path: string, request: Request): FieldError[] {
  const { exactly, firstAvailable = [] } = request;
  const set = chosen({ exactly, firstAvailable: firstAvailable.length > 0 || undefined }, [
    'exactly',
    'firstAvailable',
  ]);
  const why = 'exactly one of `exactly` or `firstAvailable` is required';
  return [
    ...requireName(`${path}.name`, request.name, dns1123LabelErrors),
    ...each(`${path}.firstAvailable`, firstAvailable, (at, sub) => [
      ...requireName(`${at}.name`, sub.name, dns1123LabelErrors),
      ...validateWanted(at, sub),
    ]),
    ...atMost(`${path}.firstAvailable`, firstAvailable, maxAlternatives),
    ...duplicates(`${path}.firstAvailable`, firstAvailable, 'name', ({ name }) => name),
    ...(exactly ? validateWanted(`${path}.exactly`, exactly) : []),
    ...(set.length === 0 ? [field.required(path, why)] : []),
    ...(set.length > 1 ? [field.invalid(path, null, `${why}, but multiple fields are set`)] : []),
  ];
}

function validateWanted(path: string, wanted: Wanted): FieldError[] {
  const { allocationMode = '', count = 0 } = wanted;
  const wrongCount = (why: string): FieldError[] => [field.invalid(`${path}.count`, count, why)];
  return [
    ...validateClassName(`${path}.deviceClassName`, wanted.deviceClassName),
    ...validateSelectors(`${path}.selectors`, wanted.selectors),
    ...(allocationMode === 'All'
      ? count === 0
        ? []
        : wrongCount("must not be specified when allocationMode is 'All'")
      : allocationMode === 'ExactCount'
        ? count > 0
          ? []
          : wrongCount('must be greater than zero')
        : [field.notSupported(`${path}.allocationMode`, allocationMode, ['All', 'ExactCount'])]),
    ...each(`${path}.tolerations`, wanted.tolerations, validateToleration),
  ];
}
