/**
 * `authorizer`: expressions ask whether who sent the request, or a service account, may do something else.
 *
 *     authorizer.group('').resource('pods').namespace('team').check('create').allowed()
 *     authorizer.serviceAccount('team', 'builder').path('/healthz').check('get').allowed()
 *
 * Upstream: apiserver/pkg/cel/library/authz.go
 */
import { dns1123LabelErrors, dns1123SubdomainErrors } from '../../names.ts';
import { spend } from '../budget.ts';
import type { Environment } from '../engine.ts';

/** What is asked. `path` or `resource` is set. */
export interface AccessQuestion {
  /** Absent: about who sent the request. */
  serviceAccount?: { namespace: string; name: string };
  verb: string;
  path?: string;
  resource?: ResourceQuestion;
}

export interface ResourceQuestion {
  group: string;
  resource: string;
  subresource: string;
  namespace: string;
  name: string;
  fieldSelector?: string;
  labelSelector?: string;
}

export type AccessAnswer = (question: AccessQuestion) => { allowed: boolean; reason: string; error?: string };

type Principal = Pick<AccessQuestion, 'serviceAccount'>;

/** The value of `authorizer`. */
export class CelAuthorizer {
  readonly answer: AccessAnswer;
  readonly principal: Principal;
  /** `authorizer.requestResource`: the resource of the request. */
  readonly requestResource: ResourceCheck | undefined;

  constructor(answer: AccessAnswer, requestResource?: ResourceQuestion, principal: Principal = {}) {
    this.answer = answer;
    this.principal = principal;
    this.requestResource = requestResource && new ResourceCheck(this, requestResource);
  }
}

class PathCheck {
  readonly authorizer: CelAuthorizer;
  readonly path: string;

  constructor(authorizer: CelAuthorizer, path: string) {
    this.authorizer = authorizer;
    this.path = path;
  }
}

class GroupCheck {
  readonly authorizer: CelAuthorizer;
  readonly group: string;

  constructor(authorizer: CelAuthorizer, group: string) {
    this.authorizer = authorizer;
    this.group = group;
  }
}

class ResourceCheck {
  readonly authorizer: CelAuthorizer;
  readonly question: ResourceQuestion;

  constructor(authorizer: CelAuthorizer, question: ResourceQuestion) {
    this.authorizer = authorizer;
    this.question = question;
  }

  with(more: Partial<ResourceQuestion>): ResourceCheck {
    return new ResourceCheck(this.authorizer, { ...this.question, ...more });
  }
}

/** What the authorizer has answered. */
export class CelDecision {
  readonly allowed: boolean;
  readonly reason: string;
  readonly error: string | undefined;

  constructor({ allowed, reason, error }: ReturnType<AccessAnswer>) {
    this.allowed = allowed;
    this.reason = reason;
    this.error = error;
  }
}

/** An authorizer may have to ask others. */
const checkCost = 350_000;

function decide(answer: AccessAnswer, question: AccessQuestion): CelDecision {
  spend(checkCost);
  return new CelDecision(answer(question));
}

const type = (name: string): string => `kubernetes.authorization.${name}`;

/** Registers the types and the functions. */
export function registerAuthorizer(environment: Environment): void {
  const [authorizer, path, group, resource, decision] = [
    'Authorizer',
    'PathCheck',
    'GroupCheck',
    'ResourceCheck',
    'Decision',
  ].map(type) as [string, string, string, string, string];
  environment
    .registerType(path, { ctor: PathCheck, fields: {} })
    .registerType(group, { ctor: GroupCheck, fields: {} })
    .registerType(resource, { ctor: ResourceCheck, fields: {} })
    .registerType(decision, { ctor: CelDecision, fields: {} })
    .registerType(authorizer, { ctor: CelAuthorizer, fields: { requestResource: resource } })
    .registerFunction(`${authorizer}.path(string): ${path}`, pathCheck)
    .registerFunction(
      `${authorizer}.group(string): ${group}`,
      (a: CelAuthorizer, name: string) => new GroupCheck(a, name),
    )
    .registerFunction(`${authorizer}.serviceAccount(string, string): ${authorizer}`, asServiceAccount)
    .registerFunction(`${group}.resource(string): ${resource}`, resourceCheck)
    .registerFunction(
      `${path}.check(string): ${decision}`,
      ({ authorizer: { answer, principal }, path }: PathCheck, verb: string) =>
        decide(answer, { ...principal, verb, path }),
    )
    .registerFunction(
      `${resource}.check(string): ${decision}`,
      ({ authorizer: { answer, principal }, question }: ResourceCheck, verb: string) =>
        decide(answer, { ...principal, verb, resource: question }),
    )
    .registerFunction(`${decision}.allowed(): bool`, ({ allowed }: CelDecision) => allowed)
    .registerFunction(`${decision}.reason(): string`, ({ reason }: CelDecision) => reason)
    .registerFunction(`${decision}.errored(): bool`, ({ error }: CelDecision) => error !== undefined)
    .registerFunction(`${decision}.error(): string`, ({ error }: CelDecision) => error ?? '');
  for (const part of ['subresource', 'namespace', 'name', 'fieldSelector', 'labelSelector']) {
    environment.registerFunction(`${resource}.${part}(string): ${resource}`, (check: ResourceCheck, value: string) =>
      check.with({ [part]: value }),
    );
  }
}

function pathCheck(authorizer: CelAuthorizer, path: string): PathCheck {
  if (path.trim() === '') throw new Error('path must not be empty');
  return new PathCheck(authorizer, path);
}

function resourceCheck({ authorizer, group }: GroupCheck, resource: string): ResourceCheck {
  if (resource.trim() === '') throw new Error('resource must not be empty');
  return new ResourceCheck(authorizer, { group, resource, subresource: '', namespace: '', name: '' });
}

function asServiceAccount({ answer }: CelAuthorizer, namespace: string, name: string): CelAuthorizer {
  if (dns1123SubdomainErrors(name).length > 0) throw new Error('Invalid service account name');
  if (dns1123LabelErrors(namespace).length > 0) throw new Error('Invalid service account namespace');
  return new CelAuthorizer(answer, undefined, { serviceAccount: { namespace, name } });
}
