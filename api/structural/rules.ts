/**
 * `x-kubernetes-validations`: rules in CEL over a value and, for transition rules, the value before. They are compiled once for
 * a schema, and evaluated by `validate-rules.ts`.
 *
 * Upstream: apiextensions-apiserver/pkg/apiserver/schema/cel/compilation.go. Left out: the estimate of a rule's
 * cost when a definition is created; here only what a rule really costs is limited.
 */
import { CompileError, compile, type Program } from '../cel/compile.ts';
import { newEnvironment } from '../cel/environment.ts';
import { wordsOf } from '../cel/words.ts';
import { type FieldError, field } from '../errors.ts';
import { type CelType, declareType } from './cel-types.ts';
import { findField } from './field-path.ts';
import { type JsonSchema, type ValidationRule, valuesOf } from './json-schema.ts';

export interface CompiledRule {
  rule: ValidationRule;
  program: Program | CompileError;
  message?: Program | CompileError;
  usesOldSelf: boolean;
  /** Where the error is reported, below the value: `.color`. */
  fieldPath: string;
}

/** The rules of a schema and of those below it that have any. */
export interface RuleTree {
  schema: JsonSchema;
  type: CelType | undefined;
  rules: CompiledRule[];
  properties: Map<string, RuleTree>;
  values?: RuleTree;
  items?: RuleTree;
}

/** Compiles all rules of a structural schema; undefined when there are none. What does not compile is kept as an error. */
export const compileRules = (schema: JsonSchema): RuleTree | undefined => treeOf(schema, true);

function treeOf(
  schema: JsonSchema,
  isResource = schema['x-kubernetes-embedded-resource'] === true,
): RuleTree | undefined {
  const tree: RuleTree = { schema, type: undefined, rules: [], properties: new Map() };
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const child = treeOf(property);
    if (child) tree.properties.set(name, child);
  }
  const values = valuesOf(schema);
  tree.values = values && treeOf(values);
  tree.items = schema.items && treeOf(schema.items);
  compileAt(tree, isResource);
  return tree.rules.length > 0 || tree.properties.size > 0 || tree.values || tree.items ? tree : undefined;
}

function compileAt(tree: RuleTree, isResource: boolean): void {
  const { schema } = tree;
  const rules = schema['x-kubernetes-validations'] ?? [];
  if (rules.length === 0) return;
  const plain = newEnvironment();
  const words = wordsOf(rules.map(({ rule, messageExpression = '' }) => `${rule} ${messageExpression}`));
  const type = declareType({ environment: plain, words }, schema, 'selfType', isResource);
  tree.type = type;
  const typeName = type?.name ?? 'dyn';
  plain.registerVariable('self', typeName);
  for (const rule of rules) {
    const environment = plain.clone();
    environment.registerVariable('oldSelf', rule.optionalOldSelf ? `optional<${typeName}>` : typeName);
    const attempt = (expression: string, result: 'bool' | 'string'): Program | CompileError => {
      try {
        return compile(environment, expression, result);
      } catch (error) {
        if (error instanceof CompileError) return error;
        throw error;
      }
    };
    const program = attempt(rule.rule, 'bool');
    tree.rules.push({
      rule,
      program,
      ...(rule.messageExpression?.trim() && { message: attempt(rule.messageExpression, 'string') }),
      usesOldSelf: !(program instanceof CompileError) && program.variables.has('oldSelf'),
      fieldPath: rule.fieldPath ? safeFieldPath(schema, rule.fieldPath) : '',
    });
  }
}

/** A path that is wrong is reported by the rules of schemas. */
function safeFieldPath(schema: JsonSchema, path: string): string {
  try {
    return findField(schema, path).path;
  } catch {
    return '';
  }
}

/** What is wrong with the rules themselves, for whoever creates the definition. */
export function ruleErrors(tree: RuleTree | undefined, path: string, uncorrelatable?: string): FieldError[] {
  if (!tree) return [];
  const { schema } = tree;
  const fromHere = uncorrelatable ?? (schema['x-kubernetes-map-type'] === 'atomic' ? path : undefined);
  const inItems = uncorrelatable ?? (schema['x-kubernetes-list-type'] === 'map' ? undefined : path);
  return [
    ...(tree.values ? ruleErrors(tree.values, `${path}.additionalProperties`, uncorrelatable) : []),
    ...[...tree.properties].flatMap(([name, child]) => ruleErrors(child, `${path}.properties[${name}]`, fromHere)),
    ...(tree.items ? ruleErrors(tree.items, `${path}.items`, inItems) : []),
    ...tree.rules.flatMap((one, i) => errorsOfRule(one, `${path}.x-kubernetes-validations[${i}]`, uncorrelatable)),
  ];
}

function errorsOfRule(
  { rule, program, message, usesOldSelf }: CompiledRule,
  path: string,
  uncorrelatable: string | undefined,
): FieldError[] {
  const errors: FieldError[] = [];
  if (program instanceof CompileError) errors.push(field.invalid(`${path}.rule`, rule, program.message));
  if (message instanceof CompileError) {
    errors.push(field.invalid(`${path}.messageExpression`, rule, `messageExpression ${message.message}`));
  }
  if (usesOldSelf && uncorrelatable !== undefined) {
    const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`;
    errors.push(field.invalid(`${path}.rule`, rule.rule, why));
  }
  if (!usesOldSelf && rule.optionalOldSelf !== undefined && !(program instanceof CompileError)) {
    const why = 'may not be set if oldSelf is not used in rule';
    errors.push(field.invalid(`${path}.optionalOldSelf`, rule.optionalOldSelf, why));
  }
  return errors;
}
