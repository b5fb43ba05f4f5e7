/**
 * What the expressions of admission webhooks and policies may read: the object before and after, the request, the namespace, the
 * parameters, the policy's own variables, and whether someone may do something.
 *
 * `object`, `oldObject`, `params` and `namespaceObject` are of any type, so fields that they do not have are found when the
 * expression is evaluated. Upstream: apiserver/pkg/admission/plugin/cel/{compile,composition}.go
 */
import type { Environment } from './engine.ts';
import { newEnvironment } from './environment.ts';
import { usePlainNames } from './escaped-names.ts';
import { registerAuthorizer } from './library/authorizer.ts';
import { registerJsonPatch } from './library/json-patch.ts';
import { allowPatchTypes } from './library/literals.ts';
import { wordsOf } from './words.ts';

/** What the expressions of one webhook or policy may read besides the request and its objects. */
export interface AdmissionScope {
  /** Whether there are parameters. */
  params: boolean;
  authorizer: boolean;
  /** The policy's own variables, in order, each with its type. */
  variables: ReadonlyMap<string, string>;
  /** Expressions may make patches: `Object{...}`, `JSONPatch{...}`. */
  patches?: boolean;
  /** For finding mistakes: what the objects are. */
  types?: ObjectTypes;
}

/** The types of objects, whose fields have escaped names. */
export interface ObjectTypes {
  /** Declares the types, and returns the names of those of the object and of the parameters, where these are known. */
  declare(environment: Environment): { object: string; params: string | undefined };
}

const names = { group: 'string', version: 'string' };
const requestTypes = {
  'kubernetes.GroupVersionKind': { ...names, kind: 'string' },
  'kubernetes.GroupVersionResource': { ...names, resource: 'string' },
  'kubernetes.UserInfo': {
    username: 'string',
    uid: 'string',
    groups: 'list<string>',
    extra: 'map<string, list<string>>',
  },
  'kubernetes.AdmissionRequest': {
    kind: 'kubernetes.GroupVersionKind',
    resource: 'kubernetes.GroupVersionResource',
    subResource: 'string',
    requestKind: 'kubernetes.GroupVersionKind',
    requestResource: 'kubernetes.GroupVersionResource',
    requestSubResource: 'string',
    name: 'string',
    namespace: 'string',
    operation: 'string',
    userInfo: 'kubernetes.UserInfo',
    dryRun: 'bool',
    options: 'dyn',
  },
};

/** One for all, so that a value of one expression is of the same type in another. */
let base: Environment | undefined;

function makeBase(): Environment {
  const made = newEnvironment();
  for (const [name, fields] of Object.entries(requestTypes)) made.registerType(name, { fields });
  made.registerVariable('namespaceObject', 'dyn');
  made.registerVariable('request', 'kubernetes.AdmissionRequest');
  registerAuthorizer(made);
  return made;
}

/** A new environment for an expression. */
export function admissionEnvironment(scope: AdmissionScope, expression: string): Environment {
  const { params, authorizer, variables, patches, types } = scope;
  base ??= makeBase();
  const made = base.clone();
  if (!types) usePlainNames(made);
  const declared = types?.declare(made);
  for (const name of ['object', 'oldObject']) made.registerVariable(name, declared?.object ?? 'dyn');
  if (params) made.registerVariable('params', declared?.params ?? 'dyn');
  if (authorizer) made.registerVariable('authorizer', 'kubernetes.authorization.Authorizer');
  if (variables.size > 0) {
    // A policy may have thousands of them, each with an expression of its own.
    const named = [...wordsOf([expression])].filter((word) => variables.has(word));
    made.registerType('kubernetes.Variables', {
      fields: Object.fromEntries(named.map((name) => [name, variables.get(name)!])),
    });
    made.registerVariable('variables', 'kubernetes.Variables');
  }
  if (patches) {
    allowPatchTypes(made);
    registerJsonPatch(made);
  }
  return made;
}
