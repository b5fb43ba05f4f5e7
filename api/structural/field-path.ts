/**
 * Paths of fields as rules and selectable fields write them: `.spec.color`, `.spec.labels['a/b']`, checked against a schema.
 *
 * Upstream: apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go ValidFieldPath
 */
import { type JsonSchema, propertyOf, valuesOf } from './json-schema.ts';

export interface FoundField {
  /** The names on the way. */
  names: string[];
  /** The same path as field errors write it: `spec.labels[a/b]`. */
  path: string;
  /** What is there. */
  schema: JsonSchema;
}

/** A delimiter, a quoted name, or a name. */
const tokens = /[.[\]]|'(?:\\.|[^'\\])*'|[^.[\]']+/gsy;

/** Finds the field of a path. Throws an Error that says what is wrong with it. */
export function findField(schema: JsonSchema, text: string, { brackets = true } = {}): FoundField {
  const parts = text.match(tokens) ?? [];
  const found: FoundField = { names: [], path: '', schema };
  for (let i = 0; i < parts.length; ) {
    const delimiter = parts[i++]!;
    if (delimiter !== '.' && delimiter !== '[') throw new Error(`expected [ or . but got: ${delimiter}`);
    if (delimiter === '[' && !brackets) throw new Error('array notation is not allowed');
    const part = parts[i++];
    if (part === undefined) throw new Error('unexpected end of JSON path');
    if (delimiter === '.') {
      enter(found, part);
      continue;
    }
    enter(found, unquote(part));
    const close = parts[i++];
    if (close === undefined) throw new Error('unexpected end of JSON path');
    if (close !== ']') throw new Error(`expected ] but got ${close}`);
  }
  return found;
}

function enter(found: FoundField, name: string): void {
  const property = propertyOf(found.schema, name);
  const values = found.schema.properties ? undefined : valuesOf(found.schema);
  const next = property ?? values;
  if (!next) throw new Error('does not refer to a valid field');
  found.names.push(name);
  if (values) found.path += `[${name}]`;
  else found.path += found.path ? `.${name}` : name;
  found.schema = next;
}

const escapes: Record<string, string> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  "'": "'",
  '\\': '\\',
};

function unquote(part: string): string {
  if (part.length < 2 || !part.startsWith("'") || !part.endsWith("'")) {
    throw new Error(`expected single quoted string but got ${part}`);
  }
  return part.slice(1, -1).replace(/\\(.)/g, (whole, letter: string) => {
    const character = escapes[letter];
    if (character === undefined) throw new Error(`invalid string literal: invalid escape char ${whole}`);
    return character;
  });
}
