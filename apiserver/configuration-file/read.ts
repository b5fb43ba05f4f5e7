/**
 * Reading a file that configures the server (an audit policy, the encryption of what is stored): YAML or JSON of one kind, whose
 * fields are declared here in a few words each, because they are in no published schema.
 *
 * Upstream: apimachinery/pkg/runtime/serializer (strict and lenient decoding)
 */
import { parseYaml } from '../../api/parse-yaml.ts';

/** `texts` is a list of them; a list of objects is written as a list of one declaration. */
export type Shape = 'text' | 'number' | 'boolean' | 'texts' | 'anything' | Fields | [Fields];
export interface Fields {
  [name: string]: Shape;
}

export interface ConfigurationKind {
  kind: string;
  apiVersions: readonly string[];
  fields: Fields;
}

/**
 * The object in the text, whose fields have the types declared. Throws with all that is wrong; `warn` is told of unknown and
 * repeated fields.
 */
export function readConfiguration<T>(text: string, expected: ConfigurationKind, warn: (message: string) => void): T {
  const { value, duplicates } = parseYaml(text);
  if (!isObject(value)) throw new Error(`it is not a ${expected.kind}`);
  const { apiVersion, kind } = value;
  if (kind !== expected.kind || !expected.apiVersions.includes(String(apiVersion))) {
    const wanted = `kind "${expected.kind}" in version "${expected.apiVersions[0]}"`;
    throw new Error(`expected ${wanted}, found ${shown(kind)} in version ${shown(apiVersion)}`);
  }
  const fields: Fields = { ...expected.fields, apiVersion: 'text', kind: 'text', metadata: 'anything' };
  const errors = check(value, fields, '', warn);
  if (errors.length > 0) throw new Error(errors.join('; '));
  for (const duplicate of duplicates) warn(duplicate);
  return value as T;
}

const shown = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value));

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What has another type than its field. A null is as if it were not there. */
function check(
  value: Record<string, unknown>,
  fields: Fields,
  path: string,
  warn: (message: string) => void,
): string[] {
  return Object.entries(value).flatMap(([name, given]) => {
    const at = `${path}${name}`;
    const shape = Object.hasOwn(fields, name) ? fields[name]! : undefined;
    if (shape === undefined) warn(`unknown field "${at}"`);
    if (given === null) delete value[name];
    if (shape === undefined || given === null) return [];
    return checkValue(given, shape, at, warn);
  });
}

function checkValue(given: unknown, shape: Shape, at: string, warn: (message: string) => void): string[] {
  switch (shape) {
    case 'anything':
      return [];
    case 'text':
      return typeof given === 'string' ? [] : [`${at} must be text`];
    case 'number':
      return typeof given === 'number' ? [] : [`${at} must be a number`];
    case 'boolean':
      return typeof given === 'boolean' ? [] : [`${at} must be true or false`];
    case 'texts':
      return Array.isArray(given) && given.every((item) => typeof item === 'string')
        ? []
        : [`${at} must be a list of texts`];
    default: {
      if (!Array.isArray(shape)) {
        return isObject(given) ? check(given, shape, `${at}.`, warn) : [`${at} must be an object`];
      }
      if (!Array.isArray(given)) return [`${at} must be a list`];
      return given.flatMap((item, i) => checkValue(item, shape[0], `${at}[${i}]`, warn));
    }
  }
}
