/**
 * Everything that the schema of a version of a custom resource must be, in the order in which Kubernetes asks: structural, with
 * defaults that it allows itself, made of supported parts, with rules that compile.
 *
 * Upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation ValidateCustomResourceDefinitionValidation
 */
import { type FieldError, field } from '../errors.ts';
import { validateDefaults } from './default-rules.ts';
import type { JsonSchema } from './json-schema.ts';
import { nestedTypeErrors } from './nested-schemas.ts';
import { compileRules, ruleErrors } from './rules.ts';
import { validateSchemaRules } from './schema-rules.ts';
import { validateStructural } from './structural-rules.ts';

/** What is wrong with the schema; `hasStatus` for a version with a status subresource, `path` is of the schema's parent. */
export function validateSchema(schema: JsonSchema, path: string, hasStatus: boolean): FieldError[] {
  const at = `${path}.openAPIV3Schema`;
  const mistyped = nestedTypeErrors(schema, at);
  if (mistyped.length > 0) return mistyped;
  const errors = hasStatus ? validateRoot(schema, at) : [];
  if (schema.nullable) errors.push(field.forbidden(`${at}.nullable`, 'nullable cannot be true at the root'));
  const structural = validateStructural(schema, at);
  // Whether values fit can only be said of a schema that makes sense.
  const defaults = structural.length === 0 ? validateDefaults(schema, at) : [];
  const rules = validateSchemaRules(schema, at);
  const sound = structural.length === 0 && defaults.length === 0 && rules.length === 0;
  return [...errors, ...structural, ...defaults, ...rules, ...(sound ? ruleErrors(compileRules(schema), at) : [])];
}

/** What may stand at the root beside a status that is validated on its own, by Go's names. */
const allowedAtRoot =
  'Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems ' +
  'MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations';

const allowed = new Set([
  ...allowedAtRoot.split(' ').map((name) => name[0]!.toLowerCase() + name.slice(1)),
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-validations',
]);

function validateRoot(schema: JsonSchema, path: string): FieldError[] {
  for (const name of Object.keys(schema)) {
    if (name === 'type' && schema.type !== 'object') {
      const why = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
      return [field.invalid(`${path}.type`, schema.type, why)];
    }
    if (allowed.has(name)) continue;
    const why = `only [${allowedAtRoot}] fields are allowed at the root of the schema if the status subresource is enabled`;
    return [field.invalid(path, schema, why)];
  }
  return [];
}
