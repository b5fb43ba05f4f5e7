/**
 * What a review asks for, as authorizers are asked. Selectors that cannot be read are left out, which makes the question broader,
 * and the answer says so.
 *
 * Upstream: pkg/registry/authorization/util/helpers.go
 */
import { ApiError } from '../../../api/errors.ts';
import { formatLabelSelector, parseFieldSelector, parseLabelSelector } from '../../../api/selectors.ts';
import type { AccessReviewSpec, LabelSelector, ResourceAttributes } from '../../../api/types.ts';
import type { Access } from '../authorizer.ts';

type Attributes = Pick<AccessReviewSpec, 'resourceAttributes' | 'nonResourceAttributes'>;
type Requirement = NonNullable<NonNullable<ResourceAttributes['fieldSelector']>['requirements']>[number];

/** A selector's text, as far as it could be made, and whether all of it is in there. */
interface Selected {
  text: string;
  complete: boolean;
}

export interface Question {
  access: Access;
  /** What of it was left out; empty when nothing was. */
  ignored: string[];
}

/** Reads the attributes, of which there must be one kind. */
export function questionOf({ resourceAttributes, nonResourceAttributes }: Attributes): Question {
  const none = { group: '', version: '', resource: '', subresource: '', namespace: '', name: '' };
  if (!resourceAttributes) {
    const { path = '', verb = '' } = nonResourceAttributes ?? {};
    return { access: { ...none, isResource: false, path, verb }, ignored: [] };
  }
  const { fieldSelector, labelSelector, version, ...given } = resourceAttributes;
  const fields = selected(fieldSelector, parseFieldSelector, fieldTerm);
  const labels = selected(labelSelector, parseLabelSelector, labelTerm);
  return {
    access: {
      ...none,
      verb: '',
      path: '',
      ...given,
      isResource: true,
      version: version || '*',
      fieldSelector: fields.text,
      labelSelector: labels.text,
    },
    ignored: [...ignoredText('fieldSelector', fields), ...ignoredText('labelSelector', labels)],
  };
}

function selected(
  selector: ResourceAttributes['fieldSelector'],
  parse: (text: string) => unknown,
  term: (requirement: Requirement) => string | undefined,
): Selected {
  const { rawSelector = '', requirements = [] } = selector ?? {};
  if (rawSelector !== '') return isReadable(rawSelector, parse) ? all(rawSelector) : { text: '', complete: false };
  const terms = requirements.map(term).filter((text) => text !== undefined && isReadable(text, parse));
  return { text: terms.join(','), complete: terms.length === requirements.length };
}

const all = (text: string): Selected => ({ text, complete: true });

function isReadable(text: string, parse: (text: string) => unknown): boolean {
  try {
    parse(text);
    return true;
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}

/** Field selectors know a value that must be, or must not be. */
function fieldTerm({ key, operator, values = [] }: Requirement): string | undefined {
  const sign = { In: '=', NotIn: '!=' }[operator];
  if (!sign || values.length !== 1) return undefined;
  return `${key}${sign}${values[0]!.replace(/[\\,=]/g, '\\$&')}`;
}

const operators: readonly string[] = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

const labelTerm = (requirement: Requirement): string | undefined =>
  operators.includes(requirement.operator)
    ? formatLabelSelector({ matchExpressions: [requirement] } as LabelSelector)
    : undefined;

const ignoredText = (name: string, { text, complete }: Selected): string[] =>
  complete ? [] : [`spec.resourceAttributes.${name} ${text === '' ? '' : 'partially '}ignored due to parse error`];
