/**
 * Which flow a request belongs to: the first FlowSchema in order of precedence whose rules match who asks and what for. Pure.
 *
 * Upstream: apiserver/pkg/util/flowcontrol/rule.go, apf_controller.go computeFlowDistinguisher
 */
import type { FlowSchema } from '../../api/types.ts';
import type { User } from '../authn/user.ts';
import type { RequestInfo } from '../request/info.ts';

type Spec = NonNullable<FlowSchema['spec']>;
export type Rules = NonNullable<Spec['rules']>[number];
type Subject = Rules['subjects'][number];
type ResourceRule = NonNullable<Rules['resourceRules']>[number];
type NonResourceRule = NonNullable<Rules['nonResourceRules']>[number];

const has = (list: string[] | undefined, value: string): boolean =>
  list !== undefined && (list.includes(value) || list.includes('*'));

/** The schema's rules that are about this user. Who asks stays the same over many requests, what for does not. */
export const rulesFor = (schema: FlowSchema, user: User): Rules[] =>
  (schema.spec?.rules ?? []).filter(({ subjects = [] }) => subjects.some((subject) => matchesSubject(subject, user)));

/** Whether one of the rules is about this request. */
export const matches = (rules: readonly Rules[], info: RequestInfo): boolean =>
  rules.some(({ resourceRules = [], nonResourceRules = [] }) =>
    info.isResource
      ? resourceRules.some((rule) => matchesResource(rule, info))
      : nonResourceRules.some((rule) => matchesPath(rule, info)),
  );

function matchesSubject(subject: Subject, { name, groups }: User): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.user !== undefined && (subject.user.name === '*' || subject.user.name === name);
    case 'Group':
      return subject.group !== undefined && (subject.group.name === '*' || groups.includes(subject.group.name));
    case 'ServiceAccount': {
      const { serviceAccount } = subject;
      if (!serviceAccount) return false;
      const prefix = `system:serviceaccount:${serviceAccount.namespace}:`;
      return name.startsWith(prefix) && (serviceAccount.name === '*' || name === prefix + serviceAccount.name);
    }
    default:
      return false;
  }
}

function matchesResource(rule: ResourceRule, { verb, group, resource, subresource, namespace }: RequestInfo): boolean {
  return (
    has(rule.verbs, verb) &&
    has(rule.apiGroups, group) &&
    has(rule.resources, subresource ? `${resource}/${subresource}` : resource) &&
    (namespace === '' ? rule.clusterScope === true : has(rule.namespaces, namespace))
  );
}

/** `/healthz/*` is everything below `/healthz/`; without the star only the very path. */
const matchesPath = (rule: NonResourceRule, { verb, path }: RequestInfo): boolean =>
  has(rule.verbs, verb) &&
  (has(rule.nonResourceURLs, path) ||
    (rule.nonResourceURLs ?? []).some((url) => url.endsWith('/*') && path.startsWith(url.slice(0, -1))));

/** What tells the flows of one schema apart. */
export function distinguisherOf(schema: FlowSchema, user: User, { namespace }: RequestInfo): string {
  switch (schema.spec?.distinguisherMethod?.type) {
    case 'ByUser':
      return user.name;
    case 'ByNamespace':
      return namespace;
    default:
      return '';
  }
}

/** Schemas in the order in which they are asked; of equal precedence the first by name. */
export const inOrderOfPrecedence = (schemas: readonly FlowSchema[]): FlowSchema[] =>
  [...schemas].sort(
    (a, b) => precedenceOf(a) - precedenceOf(b) || ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1),
  );

const precedenceOf = ({ spec }: FlowSchema): number => spec?.matchingPrecedence ?? 1000;
