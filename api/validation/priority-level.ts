/** The rules of a PriorityLevelConfiguration. Upstream: pkg/apis/flowcontrol/validation, apiserver/pkg/util/shufflesharding */
import { type FieldError, field } from '../errors.ts';
import { isEqual } from '../patch/json.ts';
import type { PriorityLevelConfiguration } from '../types.ts';
import { mandatoryPriorityLevels } from './flow-control-mandatory.ts';

type Spec = NonNullable<PriorityLevelConfiguration['spec']>;
type Limited = NonNullable<Spec['limited']>;
type Exempt = NonNullable<Spec['exempt']>;
type Queuing = NonNullable<NonNullable<Limited['limitResponse']>['queuing']>;

const maxQueues = 10_000_000;
/** Bits of a flow's hash, from which its queues are dealt. */
const hashBits = 60;

/** The level of that name. */
export function validatePriorityLevel(path: string, spec: Partial<Spec>, name: string): FieldError[] {
  const { type = '' } = spec;
  return [
    ...((name === 'exempt') === (type === 'Exempt')
      ? []
      : [field.invalid(`${path}.type`, type, "type must be 'Exempt' if and only if name is 'exempt'")]),
    ...validateType(path, spec),
    ...validateMandatory(path, spec, name),
  ];
}

function validateType(path: string, { type = '', limited, exempt }: Partial<Spec>): FieldError[] {
  switch (type) {
    case 'Exempt':
      return [
        ...(limited ? [field.forbidden(`${path}.limited`, 'must be nil if the type is not Limited')] : []),
        ...validateExempt(`${path}.exempt`, exempt ?? {}),
      ];
    case 'Limited':
      return [
        ...(exempt ? [field.forbidden(`${path}.exempt`, 'must be nil if the type is Limited')] : []),
        ...(limited
          ? validateLimited(`${path}.limited`, limited)
          : [field.required(`${path}.limited`, 'must not be empty when type is Limited')]),
      ];
    default:
      return [field.notSupported(`${path}.type`, type, ['Exempt', 'Limited'])];
  }
}

/** Of the level that is never held up, only its share can be changed. */
function validateMandatory(path: string, spec: Partial<Spec>, name: string): FieldError[] {
  const mandatory = mandatoryPriorityLevels.get(name);
  if (!mandatory) return [];
  const fixedPart = ({ exempt, ...rest }: Partial<Spec>) => (name === 'exempt' ? rest : { ...rest, exempt });
  if (isEqual(fixedPart(spec), fixedPart(mandatory))) return [];
  const what = name === 'exempt' ? "'exempt' except the 'spec.exempt' field" : `'${name}'`;
  return [field.invalid(path, spec, `spec of ${what} must equal the fixed value`)];
}

const validateExempt = (path: string, { nominalConcurrencyShares: shares, lendablePercent }: Exempt): FieldError[] => [
  ...validateShares(`${path}.nominalConcurrencyShares`, shares),
  ...validatePercent(`${path}.lendablePercent`, lendablePercent),
];

function validateLimited(path: string, limited: Limited): FieldError[] {
  const { nominalConcurrencyShares, limitResponse, lendablePercent, borrowingLimitPercent: borrowing } = limited;
  const why = 'if specified, must be a non-negative integer';
  return [
    ...validateShares(`${path}.nominalConcurrencyShares`, nominalConcurrencyShares),
    ...validateResponse(`${path}.limitResponse`, limitResponse ?? { type: '' }),
    ...validatePercent(`${path}.lendablePercent`, lendablePercent),
    ...((borrowing ?? 0) < 0 ? [field.invalid(`${path}.borrowingLimitPercent`, borrowing, why)] : []),
  ];
}

const validateShares = (path: string, shares = 0): FieldError[] =>
  shares < 0 ? [field.invalid(path, shares, 'must be a non-negative integer')] : [];

const validatePercent = (path: string, percent = 0): FieldError[] =>
  percent < 0 || percent > 100 ? [field.invalid(path, percent, 'must be between 0 and 100, inclusive')] : [];

function validateResponse(path: string, { type = '', queuing }: NonNullable<Limited['limitResponse']>): FieldError[] {
  const at = `${path}.queuing`;
  switch (type) {
    case 'Reject':
      return queuing ? [field.forbidden(at, 'must be nil if limited.limitResponse.type is not Limited')] : [];
    case 'Queue':
      return queuing
        ? validateQueuing(at, queuing)
        : [field.required(at, 'must not be empty if limited.limitResponse.type is Limited')];
    default:
      return [field.notSupported(`${path}.type`, type, ['Queue', 'Reject'])];
  }
}

function validateQueuing(path: string, { queues = 0, handSize = 0, queueLengthLimit = 0 }: Queuing): FieldError[] {
  const bits = Math.ceil(Math.log2(queues) * handSize);
  const handError =
    handSize <= 0
      ? 'must be positive'
      : handSize > queues
        ? `should not be greater than queues (${queues})`
        : bits > hashBits
          ? `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${hashBits}`
          : undefined;
  return [
    ...(queueLengthLimit <= 0 ? [field.invalid(`${path}.queueLengthLimit`, queueLengthLimit, 'must be positive')] : []),
    ...(queues <= 0 ? [field.invalid(`${path}.queues`, queues, 'must be positive')] : []),
    ...(queues > maxQueues ? [field.invalid(`${path}.queues`, queues, `must not be greater than ${maxQueues}`)] : []),
    ...(handError ? [field.invalid(`${path}.handSize`, handSize, handError)] : []),
  ];
}
