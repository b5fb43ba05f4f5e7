/**
 * What a value's comparison with a schema found. Besides the errors it counts what was checked well: of the alternatives of
 * an `anyOf` that all fail, the one that matched most tells the caller what to correct.
 *
 * Upstream: kube-openapi/pkg/validation/validate/result.go
 */
import { type FieldError, field } from '../errors.ts';

export class Result {
  readonly errors: FieldError[] = [];
  matches = 0;

  get valid(): boolean {
    return this.errors.length === 0;
  }

  add(...errors: FieldError[]): this {
    this.errors.push(...errors);
    return this;
  }

  merge(other: Result): this {
    this.errors.push(...other.errors);
    this.matches += other.matches;
    return this;
  }
}

/** An error about a value as a whole has no field of its own: Kubernetes prints the missing path like this. */
const noPath = '<nil>';

/** Where an error is reported: a path inside of the value, below the value's own place. */
export function placeOf(base: string, path: string): string {
  if (!path) return base || noPath;
  return base ? `${base}.${path}` : path;
}

/** Something a schema does not allow, in its own words: `spec.replicas in body should be less than or equal to 10`. */
export const bodyError = (base: string, path: string, value: unknown, what: string): FieldError =>
  field.invalid(placeOf(base, path), value ?? '', `${path ? `${path} in body` : ' in body'} ${what}`);

/** A value of the wrong type or format. */
export const typeError = (base: string, path: string, value: string, type: string): FieldError => ({
  field: placeOf(base, path),
  reason: 'FieldValueTypeInvalid',
  message: `Invalid value: ${JSON.stringify(value)}: ${path} in body must be of type ${type}: ${JSON.stringify(value)}`,
});

/** What none or too many of the schemas inside of a schema allow; reported for the value as a whole. */
export const schemasError = (base: string, path: string, what: string): FieldError =>
  field.invalid(placeOf(base, ''), '', `${JSON.stringify(path)} ${what}`);

/** A value that is not in the list; the list keeps its order. */
export const notInEnum = (base: string, path: string, value: unknown, values: unknown[]): FieldError => ({
  field: placeOf(base, path),
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${values.map((one) => JSON.stringify(typeof one === 'string' ? one : JSON.stringify(one))).join(', ')}`,
});
