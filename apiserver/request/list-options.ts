/**
 * The options of list, watch and deletecollection, read from the query and checked.
 *
 * Upstream: apimachinery/pkg/apis/meta/internalversion/validation/validation.go
 */
import { badRequest, type FieldError, field, invalid } from '../../api/errors.ts';
import { queryBool } from './info.ts';

export interface ListOptions {
  labelSelector: string;
  fieldSelector: string;
  limit: number;
  /** The continue token; empty on the first page. */
  continue: string;
  /** Undefined: not given, the caller wants the newest. */
  resourceVersion: number | undefined;
  match: '' | 'Exact' | 'NotOlderThan';
  watch: boolean;
  allowWatchBookmarks: boolean;
  /** Undefined: not given, the older rules of watches apply. */
  sendInitialEvents: boolean | undefined;
  timeoutSeconds: number | undefined;
}

/** Reads and checks the options. `watch` is decided by the path's verb, which knows the old form too. */
export function listOptions(query: URLSearchParams, watch: boolean): ListOptions {
  const options: ListOptions = {
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
    limit: queryInt(query, 'limit') ?? 0,
    continue: query.get('continue') ?? '',
    resourceVersion: parseResourceVersion(query.get('resourceVersion')),
    match: (query.get('resourceVersionMatch') ?? '') as ListOptions['match'],
    watch,
    allowWatchBookmarks: queryBool(query, 'allowWatchBookmarks'),
    sendInitialEvents: query.has('sendInitialEvents') ? queryBool(query, 'sendInitialEvents') : undefined,
    timeoutSeconds: queryInt(query, 'timeoutSeconds'),
  };
  const errors = watch ? watchErrors(options) : listErrors(options);
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
  return options;
}

function listErrors({ match, resourceVersion, continue: token, sendInitialEvents }: ListOptions): FieldError[] {
  const errors: FieldError[] = [];
  const forbid = (message: string): unknown => errors.push(field.forbidden('resourceVersionMatch', message));
  if (match !== '') {
    if (resourceVersion === undefined) forbid('resourceVersionMatch is forbidden unless resourceVersion is provided');
    if (token !== '') forbid(notWithContinue);
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      errors.push(field.notSupported('resourceVersionMatch', match, ['Exact', 'NotOlderThan', '']));
    }
    if (match === 'Exact' && resourceVersion === 0) {
      forbid('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
    }
  }
  if (sendInitialEvents !== undefined) {
    errors.push(field.forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  return errors;
}

function watchErrors({ match, continue: token, sendInitialEvents }: ListOptions): FieldError[] {
  const errors: FieldError[] = [];
  const forbid = (message: string): unknown => errors.push(field.forbidden('resourceVersionMatch', message));
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    forbid('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  }
  if (match !== '') {
    if (sendInitialEvents === undefined) {
      forbid('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
    }
    if (match !== 'NotOlderThan') errors.push(field.notSupported('resourceVersionMatch', match, ['NotOlderThan']));
    if (token !== '') forbid(notWithContinue);
  }
  return errors;
}

const notWithContinue = 'resourceVersionMatch is forbidden when continue is provided';

/** A resourceVersion as clients give it; undefined when absent or empty. Throws a 400 for anything that is not a revision. */
export function parseResourceVersion(text: string | null | undefined): number | undefined {
  if (!text) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  const why = /^\d+$/.test(text) ? 'value out of range' : 'invalid syntax';
  throw badRequest(`resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": ${why}`);
}

/** A whole number of the query. Throws a 400 for anything else. */
export function queryInt(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (!text) return undefined;
  if (!/^[-+]?\d{1,15}$/.test(text)) throw badRequest(`strconv.ParseInt: parsing "${text}": invalid syntax`);
  return Number(text);
}
