/**
 * Evaluates the rules of a schema on one object, within a budget for all of them. What an update has not changed is not held
 * against it, except by rules about the change itself.
 *
 * Upstream: apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go
 */
import { isDeepStrictEqual } from 'node:util';
import { runtimeBudget } from '../cel/budget.ts';
import { CompileError, EvaluationError, type Program } from '../cel/compile.ts';
import { engine } from '../cel/engine.ts';
import { type FieldError, field } from '../errors.ts';
import { type Correlated, oldChild, oldItem, uncorrelated } from './correlate.ts';
import { isJsonObject, type ValidationRule } from './json-schema.ts';
import type { CompiledRule, RuleTree } from './rules.ts';

/** Ends the evaluation of all further rules. */
class OutOfBudget extends Error {}

/** One object's evaluation: errors so far, and what is left of the budget. */
interface Run {
  errors: FieldError[];
  budget: number;
}

/** What the rules say about an object, and `old` about what it was. */
export function validateRules(tree: RuleTree | undefined, value: unknown, old?: unknown): FieldError[] {
  if (!tree) return [];
  const run: Run = { errors: [], budget: runtimeBudget };
  try {
    walk(tree, value, '', old === undefined ? uncorrelated : { old }, run);
  } catch (error) {
    if (!(error instanceof OutOfBudget)) throw error;
  }
  return run.errors;
}

function walk(tree: RuleTree, value: unknown, path: string, before: Correlated, run: Run): void {
  if (value === null || value === undefined) return;
  const { schema } = tree;
  evaluateAll(tree, value, path, before, run);
  if (Array.isArray(value)) {
    const { items } = tree;
    for (const [i, item] of items ? value.entries() : []) {
      walk(items!, item, `${path}[${i}]`, oldItem(schema, before, item), run);
    }
    return;
  }
  if (!isJsonObject(value)) return;
  for (const name of Object.keys(value)) {
    const property = tree.properties.get(name);
    const child = property ?? tree.values;
    if (!child) continue;
    const at = property ? (path ? `${path}.${name}` : name) : `${path}[${name}]`;
    walk(child, value[name], at, oldChild(schema, before, name), run);
  }
}

function evaluateAll(tree: RuleTree, value: unknown, path: string, before: Correlated, run: Run): void {
  if (tree.rules.length === 0) return;
  const convert = tree.type?.convert ?? ((one: unknown) => one);
  const self = convert(value);
  const { old } = before;
  const unchanged = old !== undefined && isDeepStrictEqual(old, value);
  for (const one of tree.rules) {
    const optional = one.rule.optionalOldSelf === true;
    if (one.usesOldSelf && old === undefined && !optional) continue;
    const error = evaluate(one, tree, { self, ...(one.usesOldSelf && oldSelfOf(convert, old, optional)) }, path, run);
    // What has not changed is not held against an update, except by a rule about the change.
    if (error && !(unchanged && !one.usesOldSelf)) run.errors.push(error);
  }
}

function oldSelfOf(convert: (value: unknown) => unknown, old: unknown, optional: boolean): Record<string, unknown> {
  const value = old === undefined ? undefined : convert(old);
  return { oldSelf: optional ? engine().Optional.of(value) : value };
}

function evaluate(
  { rule, program, message, fieldPath }: CompiledRule,
  { schema }: RuleTree,
  bindings: Record<string, unknown>,
  path: string,
  run: Run,
): FieldError | undefined {
  const at = path || '<nil>';
  const type = schema.type ?? '';
  if (program instanceof CompileError) return field.invalid(at, type, `rule compile error: ${program.message}`);
  const outOfBudget = (why: string): never => {
    run.errors.push(field.invalid(at, type, why));
    throw new OutOfBudget();
  };
  try {
    const { value, cost } = program.evaluate(bindings, run.budget);
    run.budget -= cost;
    if (value === true) return undefined;
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    run.budget -= error.cost;
    if (error.exhausted) {
      outOfBudget(
        `'${error.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${ruleText(rule)}`,
      );
    }
    if (error.message.startsWith('no such overload')) {
      const why = 'call arguments did not match a supported operator, function or macro signature for rule';
      return field.invalid(at, type, `'${error.message}': ${why}: ${ruleText(rule)}`);
    }
    return field.invalid(at, type, `${error.message} evaluating rule: ${ruleText(rule)}`);
  }
  const detail = messageOf(message, bindings, run) ?? (rule.message?.trim() || `failed rule: ${ruleText(rule)}`);
  const where = fieldPath ? `${path}${path && !fieldPath.startsWith('[') ? '.' : ''}${fieldPath}` : at;
  return errorFor(rule, where, type, detail);
}

const ruleText = ({ rule, message }: ValidationRule): string => (message || rule).trim();

/** Longer messages are not shown. */
const maxMessageBytes = 5 * 1024;

/** The message that the rule computes; undefined when it cannot, and the fixed one is used. */
function messageOf(
  message: Program | CompileError | undefined,
  bindings: Record<string, unknown>,
  run: Run,
): string | undefined {
  if (!message || message instanceof CompileError) return undefined;
  try {
    const { value, cost } = message.evaluate(bindings, run.budget);
    run.budget -= cost;
    const text = String(value).trim();
    return text === '' || text.includes('\n') || Buffer.byteLength(text) > maxMessageBytes ? undefined : text;
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    run.budget -= error.cost;
    return undefined;
  }
}

function errorFor({ reason }: ValidationRule, path: string, type: string, detail: string): FieldError {
  switch (reason) {
    case 'FieldValueForbidden':
      return field.forbidden(path, detail);
    case 'FieldValueRequired':
      return field.required(path, detail);
    case 'FieldValueDuplicate':
      return field.duplicate(path, type);
    default:
      return field.invalid(path, type, detail);
  }
}
