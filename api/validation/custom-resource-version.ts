/**
 * One version of a custom resource: its schema, subresources, printer columns and selectable fields.
 *
 * Upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation validateCustomResourceDefinitionVersion
 */
import type { DefinitionVersion, PrinterColumn, ScaleSubresource } from '../custom-resource-definition.ts';
import { type FieldError, field } from '../errors.ts';
import { dns1035LabelErrors } from '../names.ts';
import { findField } from '../structural/field-path.ts';
import type { JsonSchema } from '../structural/json-schema.ts';
import { validateSchema } from '../structural/validate-schema.ts';
import { each } from './checks.ts';

/** What is wrong with a version. */
export function validateVersion(path: string, version: DefinitionVersion): FieldError[] {
  const { name, schema, subresources, additionalPrinterColumns, selectableFields } = version;
  const nameErrors = dns1035LabelErrors(name);
  const openApi = schema?.openAPIV3Schema;
  return [
    ...(nameErrors.length > 0 ? [field.invalid(`${path}.name`, name, nameErrors.join(','))] : []),
    ...validateDeprecation(path, version),
    ...(openApi ? validateSchema(openApi, `${path}.schema`, subresources?.status !== undefined) : []),
    ...(subresources?.scale ? validateScale(`${path}.subresources`, subresources.scale) : []),
    ...each(`${path}.additionalPrinterColumns`, additionalPrinterColumns, validateColumn),
    ...(openApi ? validateSelectableFields(`${path}.selectableFields`, selectableFields ?? [], openApi) : []),
  ];
}

function validateDeprecation(path: string, { deprecated, deprecationWarning: text }: DefinitionVersion): FieldError[] {
  if (text === undefined) return [];
  const wrong = (why: string): FieldError => field.invalid(`${path}.deprecationWarning`, text, why);
  if (!deprecated) return [wrong('can only be set for deprecated versions')];
  const unprintable = /[^\P{C}]/u.exec(text)?.index;
  return [
    ...(Buffer.byteLength(text) > 256 ? [wrong('must be <= 256 characters long')] : []),
    ...(text === '' ? [wrong('must not be an empty string')] : []),
    ...(unprintable === undefined
      ? []
      : [wrong(`must only contain printable UTF-8 characters; non-printable character found at index ${unprintable}`)]),
  ];
}

function validateScale(path: string, scale: ScaleSubresource): FieldError[] {
  const check = (name: keyof ScaleSubresource, roots: string[], where: string): FieldError[] => {
    const value = scale[name];
    const at = `${path}.scale.${name}`;
    if (!value) return name === 'labelSelectorPath' ? [] : [field.required(at)];
    const errors = simplePathErrors(at, value);
    if (errors.length > 0 || roots.some((root) => value.startsWith(root))) return errors;
    return [field.invalid(at, value, `should be a json path under ${where}`)];
  };
  return [
    ...check('specReplicasPath', ['.spec.'], '.spec'),
    ...check('statusReplicasPath', ['.status.'], '.status'),
    ...check('labelSelectorPath', ['.spec.', '.status.'], 'either .spec or .status'),
  ];
}

const simplePathErrors = (path: string, value: string): FieldError[] =>
  value.startsWith('.') ? [] : [field.invalid(path, value, 'must be a simple json path starting with .')];

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];

function validateColumn(path: string, { name, type, format, jsonPath }: PrinterColumn): FieldError[] {
  const types = `must be one of ${columnTypes.join(',')}`;
  return [
    ...(name ? [] : [field.required(`${path}.name`)]),
    ...(type ? [] : [field.required(`${path}.type`, types)]),
    ...(type && !columnTypes.includes(type) ? [field.invalid(`${path}.type`, type, types)] : []),
    ...(format && !columnFormats.includes(format)
      ? [field.invalid(`${path}.format`, format, `must be one of ${columnFormats.join(',')}`)]
      : []),
    ...(jsonPath ? simplePathErrors(`${path}.JSONPath`, jsonPath) : [field.required(`${path}.JSONPath`)]),
  ];
}

const maxSelectableFields = 8;

function validateSelectableFields(path: string, fields: { jsonPath: string }[], schema: JsonSchema): FieldError[] {
  const seen = new Set<string>();
  const errors = fields.flatMap(({ jsonPath }, i) => {
    const at = `${path}[${i}].jsonPath`;
    if (!jsonPath) return [field.required(at)];
    try {
      const found = findField(schema, jsonPath, { brackets: false });
      const repeated = seen.has(found.path);
      seen.add(found.path);
      return [
        ...(found.names[0] === 'metadata' ? [field.invalid(at, jsonPath, 'must not point to fields in metadata')] : []),
        ...(['string', 'boolean', 'integer'].includes(found.schema.type ?? '')
          ? []
          : [field.invalid(at, jsonPath, selectableTypes)]),
        ...(repeated ? [field.duplicate(at, jsonPath)] : []),
      ];
    } catch (error) {
      return [field.invalid(at, jsonPath, `is an invalid path: ${(error as Error).message}`)];
    }
  });
  return seen.size > maxSelectableFields ? [...errors, field.tooMany(path, seen.size, maxSelectableFields)] : errors;
}

const selectableTypes =
  'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
