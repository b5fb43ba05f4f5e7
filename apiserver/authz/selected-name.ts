/**
 * What a field selector says for authorization. One that cannot be read says nothing: the list that it belongs to is refused later.
 *
 * Upstream: apiserver/pkg/endpoints/request/requestinfo.go, apiserver/pkg/endpoints/filters/authorization.go
 */
import { ApiError } from '../../api/errors.ts';
import { parseFieldSelector } from '../../api/selectors.ts';

/** The value that the field must have; undefined where the selector leaves it open. */
export function valueSelectedBy(fieldSelector: string, field: string): string | undefined {
  try {
    return parseFieldSelector(fieldSelector).find((term) => term.field === field && term.operator === '=')?.value;
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

/** The name of the one object that it selects; empty when it selects by something else, or what no object can be called. */
export function nameSelectedBy(fieldSelector: string): string {
  const name = valueSelectedBy(fieldSelector, 'metadata.name') ?? '';
  return name === '.' || name === '..' || /[/%]/.test(name) ? '' : name;
}
