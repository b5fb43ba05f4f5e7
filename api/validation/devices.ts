/**
 * Names, selectors and parameters of devices, which claims, classes and slices have in common.
 *
 * Upstream: pkg/apis/resource/validation
 */
import { type FieldError, field, omitValue } from '../errors.ts';
import { dns1123LabelErrors, dns1123SubdomainErrors, labelKeyErrors, labelValueErrors, regexError } from '../names.ts';
import { isObject } from '../patch/json.ts';
import type { DeviceClass } from '../types.ts';
import { checkName, duplicates, each, oneOf, requireName, requireOneOf } from './checks.ts';
import { validateDeviceExpression } from './device-selector.ts';

type Selector = NonNullable<DeviceClass['spec']['selectors']>[number];
type Configuration = NonNullable<DeviceClass['spec']['config']>[number];

const maxDriver = 63;
const maxPool = 253;
const maxIdentifier = 32;
const maxParameters = 10 * 1024;
/** Of selectors, requests, constraints and configurations. */
export const maxItems = 32;

/** The name of a driver: a domain of whatever case. */
export function validateDriver(path: string, name: string | undefined): FieldError[] {
  if (!name) return [field.required(path)];
  return [
    ...(name.length > maxDriver ? [field.tooLong(path, maxDriver)] : []),
    ...dns1123SubdomainErrors(name.toLowerCase()).map((why) => field.invalid(path, name, why)),
  ];
}

/** A pool: subdomains with slashes between them. */
export function validatePool(path: string, name: string | undefined): FieldError[] {
  if (!name) return [field.required(path)];
  return [
    ...(name.length > maxPool ? [field.tooLong(path, maxPool)] : []),
    ...name.split('/').flatMap((part) => dns1123SubdomainErrors(part).map((why) => field.invalid(path, part, why))),
  ];
}

/** A device in its pool, or a set of counters. */
export const validateDeviceName = (path: string, name: string | undefined): FieldError[] =>
  dns1123LabelErrors(name ?? '').map((why) => field.invalid(path, name ?? '', why));

/** The DeviceClass that a request names. */
export const validateClassName = (path: string, name: string | undefined): FieldError[] =>
  requireName(path, name, dns1123SubdomainErrors);

/** `model`, or `gpu.example.com/model` where a domain is wanted. */
export function validateQualifiedName(path: string, name: string, mustHaveDomain = false): FieldError[] {
  if (!name) return [field.required(path, 'name required')];
  const [first = '', second] = name.split('/');
  if (second === undefined) {
    const errors = validateIdentifier(path, first);
    return mustHaveDomain ? [...errors, field.invalid(path, name, 'must include a domain')] : errors;
  }
  return [
    ...(first ? validateDriver(path, first) : [field.required(path, 'the domain must not be empty')]),
    ...(second ? validateIdentifier(path, second) : [field.required(path, 'the name must not be empty')]),
  ];
}

const identifierRegex = '[A-Za-z_][A-Za-z0-9_]*';
const identifierText =
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'";

const validateIdentifier = (path: string, id: string): FieldError[] => [
  ...(id.length > maxIdentifier ? [field.tooLong(path, maxIdentifier)] : []),
  ...(new RegExp(`^${identifierRegex}$`).test(id)
    ? []
    : [
        {
          ...field.invalid(path, id, regexError(identifierText, identifierRegex, 'my_name', 'MY_NAME', 'MyName')),
          reason: 'FieldValueTypeInvalid' as const,
        },
      ]),
];

/** At most so many. The list itself would be too long to show. */
export const atMost = (path: string, items: readonly unknown[] | undefined, max: number): FieldError[] =>
  (items ?? []).length > max ? [field.tooMany(path, items!.length, max)] : [];

/** A list without repetitions that is not too long. */
export const validateSet = (
  path: string,
  items: readonly string[] | undefined,
  max: number,
  rules: (path: string, item: string) => FieldError[],
): FieldError[] => [
  ...each(path, items, rules),
  ...atMost(path, items, max),
  ...duplicates(path, items ?? [], '', (item) => item),
];

/** Expressions that a device has to meet, all of them. */
export const validateSelectors = (path: string, selectors: Selector[] | undefined): FieldError[] => [
  ...each(path, selectors, (at, { cel }) => {
    if (!cel) return [field.required(`${at}.cel`)];
    return validateDeviceExpression(`${at}.cel.expression`, cel.expression);
  }),
  ...atMost(path, selectors, maxItems),
];

/** Parameters for a driver, which alone knows what they mean. */
export function validateConfiguration(path: string, { opaque }: Configuration): FieldError[] {
  if (!opaque) return [field.required(`${path}.opaque`)];
  return [
    ...validateDriver(`${path}.opaque.driver`, opaque.driver),
    ...validateParameters(`${path}.opaque.parameters`, opaque.parameters),
  ];
}

/** A JSON object of any content. */
export function validateParameters(path: string, value: unknown): FieldError[] {
  if (value === undefined || value === null) return [field.required(path)];
  if (!isObject(value)) return [field.invalid(path, omitValue, 'parameters must be a valid JSON object')];
  return JSON.stringify(value).length > maxParameters ? [field.tooLong(path, maxParameters)] : [];
}

const effects = ['NoExecute', 'NoSchedule', 'None'];

/** What keeps claims off a device that do not tolerate it. */
export const validateTaint = (
  path: string,
  { key, value, effect }: { key?: string; value?: string; effect?: string },
): FieldError[] => [
  ...labelKeyErrors(key ?? '').map((why) => field.invalid(`${path}.key`, key ?? '', why)),
  ...checkName(`${path}.value`, value, labelValueErrors),
  ...requireOneOf(`${path}.effect`, effect, effects),
];

/** Which of a device's taints a claim puts up with. */
export function validateToleration(
  path: string,
  { key, operator, value = '', effect }: { key?: string; operator?: string; value?: string; effect?: string },
): FieldError[] {
  return [
    ...checkName(`${path}.key`, key, labelKeyErrors),
    ...requireOneOf(`${path}.operator`, operator, ['Equal', 'Exists']),
    ...(operator === 'Exists' && value
      ? [field.invalid(`${path}.value`, value, 'must be empty for operator `Exists`')]
      : []),
    ...(operator === 'Equal' ? labelValueErrors(value).map((why) => field.invalid(`${path}.value`, value, why)) : []),
    ...oneOf(`${path}.effect`, effect || undefined, effects),
  ];
}
