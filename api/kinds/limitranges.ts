/**
 * LimitRange: how much each pod, container or claim of a namespace may ask for, and what it asks for by default.
 * Upstream: pkg/apis/core/v1/defaults.go, pkg/apis/core/validation (ValidateLimitRange)
 */
import { type FieldError, field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import { qualifiedNameErrors } from '../names.ts';
import { compareQuantities, milliValue } from '../quantity.ts';
import type { LimitRange } from '../types.ts';
import { duplicates, each } from '../validation/checks.ts';
import { containerResourceNameErrors, mayOvercommit, resourceNameErrors } from '../validation/resource-names.ts';

type Item = NonNullable<LimitRange['spec']>['limits'][number];
type Quantities = Record<string, string>;

const types = ['Container', 'PersistentVolumeClaim', 'Pod'];

export const limitranges: Kind<LimitRange> = {
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  singular: 'limitrange',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.LimitRange',
  createOnUpdate: true,
  shortNames: ['limits'],
  generation: false,
  setDefaults: ({ spec }) => {
    for (const item of spec?.limits ?? []) if (item.type === 'Container') setContainerDefaults(item);
  },
  validate: ({ spec }) => [
    ...each('spec.limits', spec?.limits, validateItem),
    ...duplicates('spec.limits', spec?.limits ?? [], 'type', ({ type }) => type),
  ],
};

/** A container that says nothing is limited to the most, and asks for as much as it is limited to. */
function setContainerDefaults(item: Item): void {
  item.default = { ...item.max, ...item.default };
  item.defaultRequest = { ...item.min, ...item.default, ...item.defaultRequest };
}

function validateItem(path: string, item: Item): FieldError[] {
  const ofContainers = item.type === 'Pod' || item.type === 'Container';
  const names = (list: 'max' | 'min' | 'default' | 'defaultRequest' | 'maxLimitRequestRatio'): FieldError[] =>
    Object.keys(item[list] ?? {}).flatMap((name) =>
      (ofContainers ? containerResourceNameErrors : resourceNameErrors)(`${path}.${list}[${name}]`, name),
    );
  const forbidden = (list: 'default' | 'defaultRequest'): FieldError[] =>
    Object.keys(item[list] ?? {}).length > 0
      ? [field.forbidden(`${path}.${list}`, "may not be specified when `type` is 'Pod'")]
      : [];
  const withoutDefaults = { ...item, default: undefined, defaultRequest: undefined };
  return [
    ...typeErrors(`${path}.type`, item.type),
    ...names('max'),
    ...names('min'),
    ...(item.type === 'Pod'
      ? [...forbidden('default'), ...forbidden('defaultRequest')]
      : [...names('default'), ...names('defaultRequest')]),
    ...(item.type === 'PersistentVolumeClaim' && !item.min?.['storage'] && !item.max?.['storage']
      ? [
          field.required(
            `${path}.limits`,
            'either minimum or maximum storage value is required, but neither was provided',
          ),
        ]
      : []),
    ...names('maxLimitRequestRatio'),
    ...validateOrder(path, item.type === 'Pod' ? withoutDefaults : item),
  ];
}

function typeErrors(path: string, type: string): FieldError[] {
  const errors = qualifiedNameErrors(type).map((why) => field.invalid(path, type, why));
  if (errors.length > 0 || type.includes('/') || types.includes(type)) return errors;
  return [field.invalid(path, type, 'must be a standard limit type or fully qualified')];
}

/** For each resource: min <= default request <= default <= max, and a ratio that they leave room for. */
function validateOrder(path: string, item: Partial<Item>): FieldError[] {
  const {
    min = {},
    max = {},
    default: limit = {},
    defaultRequest: request = {},
    maxLimitRequestRatio: ratio = {},
  } = item;
  const names = new Set([min, max, limit, request, ratio].flatMap((list) => Object.keys(list)));
  const errors: FieldError[] = [];
  for (const name of names) {
    const wrong = (list: string, value: string | undefined, why: string): void => {
      errors.push(field.invalid(`${path}.${list}[${name}]`, value, why));
    };
    const [low, high, normal, asked] = [min[name], max[name], limit[name], request[name]];
    if (isMore(low, high)) wrong('min', low, `min value ${low} is greater than max value ${high}`);
    if (isMore(low, asked)) {
      wrong('defaultRequest', asked, `min value ${low} is greater than default request value ${asked}`);
    }
    if (isMore(asked, high)) {
      wrong('defaultRequest', asked, `default request value ${asked} is greater than max value ${high}`);
    }
    if (isMore(asked, normal)) {
      wrong('defaultRequest', asked, `default request value ${asked} is greater than default limit value ${normal}`);
    }
    if (isMore(low, normal)) wrong('default', low, `min value ${low} is greater than default value ${normal}`);
    if (isMore(normal, high)) wrong('default', high, `default value ${normal} is greater than max value ${high}`);
    const ratioError = ratioErrorOf(ratio[name], low, high);
    if (ratioError) wrong('maxLimitRequestRatio', ratio[name], ratioError);
    if (!mayOvercommit(name) && normal && asked && compareQuantities(normal, asked) !== 0) {
      const why = `default value ${normal} must equal to defaultRequest value ${asked} in ${name}`;
      wrong('defaultRequest', asked, why);
    }
  }
  return errors;
}

const isMore = (a: Quantities[string] | undefined, b: Quantities[string] | undefined): boolean =>
  a !== undefined && b !== undefined && compareQuantities(a, b) > 0;

function ratioErrorOf(ratio: string | undefined, min: string | undefined, max: string | undefined): string | undefined {
  if (ratio === undefined) return undefined;
  if (compareQuantities(ratio, '1') < 0) return `ratio ${ratio} is less than 1`;
  if (min === undefined || max === undefined) return undefined;
  const most = milliValue(max) / milliValue(min);
  return milliValue(ratio) / 1000 > most ? `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}` : undefined;
}
