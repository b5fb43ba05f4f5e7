/**
 * The API's error catalogue: one constructor for each reason that a request can fail for, with Kubernetes' code and
 * wording. The server throws these and encodes them as `Status`; the client parses a `Status` back into an `ApiError`.
 *
 * Upstream: apimachinery/pkg/api/errors/errors.go, apimachinery/pkg/util/validation/field/errors.go
 */
import type { Status, StatusDetails } from './types.ts';

/** What an error is about: `pods "web"`, `deployments.apps "api"`. */
export interface ResourceRef {
  group: string;
  /** Plural resource name. */
  plural: string;
}

/** An error that the API reports; `reason` is the stable part that code may test. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  /** The object that goes over the wire. */
  toStatus(): Status {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      ...(this.reason && { reason: this.reason }),
      ...(this.details && { details: this.details }),
      code: this.code,
    };
  }

  /** Reads an error back from the wire. */
  static fromStatus(status: Partial<Status>, httpCode = 500): ApiError {
    const code = status.code ?? httpCode;
    return new ApiError(code, status.reason ?? '', status.message ?? `the server answered ${code}`, status.details);
  }
}

/** `deployments.apps`, or `pods` in the core group. */
export const qualifiedName = (r: ResourceRef): string => (r.group ? `${r.plural}.${r.group}` : r.plural);

const details = (r: ResourceRef, name?: string): StatusDetails => ({
  ...(name !== undefined && name !== '' && { name }),
  ...(r.group && { group: r.group }),
  kind: r.plural,
});

export const notFound = (r: ResourceRef, name: string): ApiError =>
  new ApiError(404, 'NotFound', `${qualifiedName(r)} "${name}" not found`, details(r, name));

export const alreadyExists = (r: ResourceRef, name: string): ApiError =>
  new ApiError(409, 'AlreadyExists', `${qualifiedName(r)} "${name}" already exists`, details(r, name));

export const conflict = (r: ResourceRef, name: string, why: string): ApiError =>
  new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedName(r)} "${name}": ${why}`,
    details(r, name),
  );

/** The wording of a lost optimistic-concurrency race. */
export const staleVersion = (r: ResourceRef, name: string): ApiError =>
  conflict(r, name, 'the object has been modified; please apply your changes to the latest version and try again');

export const forbidden = (r: ResourceRef, name: string, why: string): ApiError =>
  new ApiError(
    403,
    'Forbidden',
    name ? `${qualifiedName(r)} "${name}" is forbidden: ${why}` : `${qualifiedName(r)} is forbidden: ${why}`,
    details(r, name),
  );

export const unauthorized = (): ApiError => new ApiError(401, 'Unauthorized', 'Unauthorized');

export const badRequest = (message: string): ApiError => new ApiError(400, 'BadRequest', message);

export const methodNotAllowed = (): ApiError =>
  new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');

export const resourceNotFound = (): ApiError =>
  new ApiError(404, 'NotFound', 'the server could not find the requested resource');

export const notAcceptable = (accepted: string[]): ApiError =>
  new ApiError(406, 'NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`);

export const unsupportedMediaType = (accepted: string[]): ApiError =>
  new ApiError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  );

export const tooLarge = (limitBytes: number): ApiError =>
  new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limitBytes}`);

export const gone = (message: string): ApiError => new ApiError(410, 'Expired', message);

export const tooManyRequests = (message: string, retryAfterSeconds = 1): ApiError =>
  new ApiError(429, 'TooManyRequests', message, { retryAfterSeconds });

export const internalError = (why: string): ApiError =>
  new ApiError(500, 'InternalError', `Internal error occurred: ${why}`, { causes: [{ message: why }] });

export const serviceUnavailable = (message: string): ApiError => new ApiError(503, 'ServiceUnavailable', message);

/** One thing wrong with one field of an object. `message` is complete: `Invalid value: "X": must be ...`. */
export interface FieldError {
  /** Path from the object's root: `spec.containers[0].name`. */
  field: string;
  reason:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueNotSupported'
    | 'FieldValueDuplicate'
    | 'FieldValueForbidden'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
    | 'FieldValueTypeInvalid'
    | 'FieldValueNotFound';
  message: string;
}

const show = (value: unknown): string =>
  typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? 'null');

/** Stands for the value in an error that does not show it. */
export const omitValue = Symbol('omit the value');

/** The field errors, worded as Kubernetes words them. */
export const field = {
  required: (path: string, why = ''): FieldError => ({
    field: path,
    reason: 'FieldValueRequired',
    message: why ? `Required value: ${why}` : 'Required value',
  }),
  invalid: (path: string, value: unknown, why: string): FieldError => ({
    field: path,
    reason: 'FieldValueInvalid',
    message: value === omitValue ? `Invalid value: ${why}` : `Invalid value: ${show(value)}: ${why}`,
  }),
  notSupported: (path: string, value: unknown, supported: readonly string[]): FieldError => ({
    field: path,
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${show(value)}: supported values: ${[...supported].sort().map(show).join(', ')}`,
  }),
  duplicate: (path: string, value: unknown): FieldError => ({
    field: path,
    reason: 'FieldValueDuplicate',
    message: `Duplicate value: ${show(value)}`,
  }),
  forbidden: (path: string, why: string): FieldError => ({
    field: path,
    reason: 'FieldValueForbidden',
    message: `Forbidden: ${why}`,
  }),
  tooLong: (path: string, max: number): FieldError => ({
    field: path,
    reason: 'FieldValueTooLong',
    message: `Too long: may not be more than ${max} bytes`,
  }),
  tooMany: (path: string, count: number, max: number): FieldError => ({
    field: path,
    reason: 'FieldValueTooMany',
    message: `Too many: ${count}: must have at most ${max} items`,
  }),
  notFound: (path: string, value: unknown): FieldError => ({
    field: path,
    reason: 'FieldValueNotFound',
    message: `Not found: ${show(value)}`,
  }),
};

/** An object can be wrong in a million places; whoever sent it has enough to do with the first ones. */
const maxFieldErrors = 1000;

/** 422: the object was understood and is wrong. `kind` is its kind, not the resource: `Pod "web" is invalid: ...`. */
export function invalid(k: { group: string; kind: string }, name: string, errors: FieldError[]): ApiError {
  const first = errors.slice(0, maxFieldErrors);
  const texts = first.map((e) => `${e.field}: ${e.message}`);
  if (errors.length > first.length) texts.push(`and ${errors.length - first.length} more`);
  const body = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const subject = k.group ? `${k.kind}.${k.group}` : k.kind;
  return new ApiError(422, 'Invalid', `${subject} "${name}" is invalid: ${body}`, {
    ...(name && { name }),
    ...(k.group && { group: k.group }),
    kind: k.kind,
    causes: first.map((e) => ({ reason: e.reason, message: e.message, field: e.field })),
  });
}
