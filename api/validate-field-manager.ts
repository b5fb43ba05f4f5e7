/**
 * What the name of a field manager may be.
 *
 * Upstream: apimachinery/pkg/apis/meta/v1/validation ValidateFieldManager
 */
import { type FieldError, field } from './errors.ts';

/** In bytes. */
export const maxFieldManagerLength = 128;

/** What Go calls printable: letters, marks, numbers, punctuation, symbols, and the space. */
export const isPrintable = (character: string): boolean => /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character);

/** The errors of a name; `path` is where it stands. */
export function validateFieldManager(name: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (Buffer.byteLength(name) > maxFieldManagerLength) errors.push(field.tooLong(path, maxFieldManagerLength));
  let position = 0;
  for (const character of name) {
    if (!isPrintable(character)) {
      const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
      errors.push(field.invalid(path, name, `invalid character U+${code} (at position ${position})`));
    }
    position += Buffer.byteLength(character);
  }
  return errors;
}
