/**
 * Finds mistakes in the expressions of a ValidatingAdmissionPolicy: they are compiled once more for each kind that its rules name, this
 * time knowing what fields its objects have. Nobody is kept from making the policy; its status says what is wrong.
 *
 * Upstream: apiserver/pkg/admission/plugin/policy/validating/typechecking.go
 */
import {
  type AdmissionScope,
  admissionEnvironment,
  type ObjectTypes,
} from '../../../../api/cel/admission-environment.ts';
import { allowNull, declareBuiltIn } from '../../../../api/cel/built-in-types.ts';
import { CompileError, typeOf } from '../../../../api/cel/compile.ts';
import type { Environment } from '../../../../api/cel/engine.ts';
import { wordsOf } from '../../../../api/cel/words.ts';
import type { CustomResourceDefinition } from '../../../../api/custom-resource-definition.ts';
import { apiVersionOf } from '../../../../api/kind.ts';
import { loadSchema } from '../../../../api/schema.ts';
import { declareType } from '../../../../api/structural/cel-types.ts';
import type { JsonSchema } from '../../../../api/structural/json-schema.ts';
import type { ValidatingAdmissionPolicy } from '../../../../api/types.ts';
import { schemaOf } from '../../../crd/custom-kind.ts';
import type { Resource } from '../../../registry/resource.ts';
import type { Resources } from '../../../registry/resources.ts';

type Spec = NonNullable<ValidatingAdmissionPolicy['spec']>;

export interface ExpressionWarning {
  fieldRef: string;
  warning: string;
}

/** A rule may name many kinds. */
const maxKinds = 10;

/** What is wrong with the expressions of a policy. */
export function checkTypes(resources: Resources, spec: Spec): ExpressionWarning[] {
  const kinds = kindsOf(resources, spec);
  return (spec.validations ?? []).flatMap(({ expression, messageExpression }, i) => [
    ...checkExpression(resources, spec, kinds, `spec.validations[${i}].expression`, expression),
    ...checkExpression(resources, spec, kinds, `spec.validations[${i}].messageExpression`, messageExpression),
  ]);
}

function checkExpression(
  resources: Resources,
  spec: Spec,
  kinds: readonly Resource[],
  fieldRef: string,
  expression: string | undefined,
): ExpressionWarning[] {
  if (!expression) return [];
  const issues = kinds.flatMap((resource) => {
    const issue = issueWith(resources, spec, resource, expression);
    return issue === undefined ? [] : [`${groupVersionKind(resource)}: ${issue}\n`];
  });
  return issues.length > 0 ? [{ fieldRef, warning: issues.join('\n') }] : [];
}

const groupVersionKind = ({ kind }: Resource): string => `${kind.group}/${kind.version}, Kind=${kind.kind}`;

/** Undefined when the expression fits the objects. */
function issueWith(resources: Resources, spec: Spec, resource: Resource, expression: string): string | undefined {
  const variables = new Map<string, string>();
  const { paramKind } = spec;
  const words = wordsOf([expression, ...(spec.variables ?? []).map((variable) => variable.expression)]);
  const params = paramKind && findKind(resources, paramKind);
  const types: ObjectTypes = {
    declare: (environment) => ({
      object: declare(resources, environment, resource, words),
      params: params && (params === resource ? undefined : declare(resources, environment, params, words)),
    }),
  };
  const scope: AdmissionScope = { params: paramKind !== undefined, authorizer: true, variables, types };
  for (const { name, expression: made } of spec.variables ?? []) variables.set(name, attempt(scope, made).type);
  return attempt(scope, expression).issue;
}

function attempt(scope: AdmissionScope, expression: string): { type: string; issue?: string } {
  try {
    return { type: typeOf(admissionEnvironment(scope, expression), expression) };
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return { type: 'dyn', issue: error.message.replace(/^compilation failed: /, '') };
  }
}

const findKind = (resources: Resources, { apiVersion, kind }: NonNullable<Spec['paramKind']>): Resource | undefined =>
  resources.all().find((one) => one.kind.kind === kind && apiVersionOf(one.kind) === apiVersion);

const text: JsonSchema = { type: 'string' };
/** CEL takes what has two types as having any. */
const anything: JsonSchema = { 'x-kubernetes-int-or-string': true };

/** The name of the type of the resource's objects. */
function declare(
  resources: Resources,
  environment: Environment,
  { kind, type }: Resource,
  words: ReadonlySet<string>,
): string {
  if (type.schema) return declareBuiltIn(environment, loadSchema(), words, type.schema);
  const { cache } = resources.must('apiextensions.k8s.io', 'customresourcedefinitions');
  const definition = cache.get(`${kind.plural}.${kind.group}`)?.object as CustomResourceDefinition | undefined;
  const version = definition?.spec.versions.find(({ name }) => name === kind.version);
  if (!version) return 'dyn';
  const { properties, ...schema } = schemaOf(version);
  const whole = { ...schema, properties: { ...properties, kind: text, apiVersion: text, metadata: anything } };
  const declared = declareType({ environment, words }, whole, `${kind.group}.${kind.kind}`, false)?.name ?? 'dyn';
  if (declared !== 'dyn') allowNull(environment, declared);
  return declared;
}

/** The kinds that the rules name without a wildcard, by group, version and kind. */
function kindsOf(resources: Resources, { matchConstraints }: Spec): Resource[] {
  const named = (matchConstraints?.resourceRules ?? []).flatMap(
    ({ apiGroups = [], apiVersions = [], resources: plurals = [] }) => {
      if ([...apiGroups, ...apiVersions].some((one) => one.includes('*'))) return [];
      const plain = plurals.filter((plural) => !/[*/]/.test(plural)).sort();
      return [...apiGroups]
        .sort()
        .flatMap((group) =>
          [...apiVersions]
            .sort()
            .flatMap((version) => plain.flatMap((plural) => resources.find(group, version, plural) ?? [])),
        );
    },
  );
  const key = ({ kind }: Resource): string => `${kind.group}\0${kind.version}\0${kind.kind}`;
  return [...new Set(named)].slice(0, maxKinds).sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
