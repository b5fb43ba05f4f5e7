/**
 * What would have allowed a refused request, as commands to copy. Pure.
 *
 *     minikctl create role ann-get-pods --verb=get --resource=pods --resource-name=web -n dev
 *     minikctl create rolebinding ann-get-pods --role=ann-get-pods --user=ann -n dev
 */
import { type Refused, smallestRule } from '../api/rbac/would-allow.ts';
import type { KubeObject, PolicyRule } from '../api/types.ts';
import type { Impersonation } from '../client/kubeconfig.ts';

const accountPrefix = 'system:serviceaccount:';

/** The two commands that make the smallest rule and give it to who was refused. */
export function commandsFor(refused: Refused): string[] {
  const { user, namespace, access } = refused;
  const cluster = namespace === '' ? 'cluster' : '';
  const at = namespace === '' ? '' : ` -n ${quoted(namespace)}`;
  const rule = smallestRule(access);
  const name = quoted(nameFor(user, rule));
  return [
    `minikctl create ${cluster}role ${name} ${ruleFlags(rule).map(quoted).join(' ')}${at}`,
    `minikctl create ${cluster}rolebinding ${name} --${cluster}role=${name} ${quoted(subjectFlag(user))}${at}`,
  ];
}

/**
 * The refusals that a refusal to act as somebody stands for. A server asks for the right to do this one thing as another user; the
 * right to act as that user covers it.
 */
export function withImpersonation(refused: Refused, as: Impersonation | undefined): Refused[] {
  if (!as || !refused.access.verb.startsWith('impersonate-on:')) return [refused];
  const [, namespace = '', account = ''] = new RegExp(`^${accountPrefix}([^:]+):([^:]+)$`).exec(as.user) ?? [];
  const one = (resource: string, name: string, at = ''): Refused => ({
    user: refused.user,
    namespace: at,
    access: { isResource: true, path: '', verb: 'impersonate', group: '', resource, subresource: '', name },
  });
  return [
    account ? one('serviceaccounts', account, namespace) : one('users', as.user),
    ...(as.groups ?? []).map((group) => one('groups', group)),
  ];
}

/** `ClusterRole view`, `Role pod-reader` */
export const roleText = ({ kind = 'Role', metadata }: KubeObject): string => `${kind} ${metadata.name}`;

function ruleFlags({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string[] {
  return [
    `--verb=${verbs.join()}`,
    ...(resources ?? []).map((resource) => `--resource=${qualified(resource, apiGroups?.[0] ?? '')}`),
    ...(resourceNames ?? []).map((name) => `--resource-name=${name}`),
    ...(nonResourceURLs ?? []).map((url) => `--non-resource-url=${url}`),
  ];
}

/** `deployments.apps/scale` */
function qualified(resource: string, group: string): string {
  const [name, ...subresource] = resource.split('/');
  return [group ? `${name}.${group}` : name, ...subresource].join('/');
}

const subjectFlag = (user: string): string =>
  user.startsWith(accountPrefix) ? `--serviceaccount=${user.slice(accountPrefix.length)}` : `--user=${user}`;

/** Says who may do what, with nothing that the name of a role may not have. */
function nameFor(user: string, { verbs, resources, nonResourceURLs }: PolicyRule): string {
  const short = user.startsWith(accountPrefix) ? user.slice(user.lastIndexOf(':') + 1) : user;
  const what = resources ?? nonResourceURLs ?? [];
  return [short, ...verbs, ...what]
    .join('-')
    .toLowerCase()
    .replaceAll(/[^a-z0-9.:]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}

/** For a shell. */
const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
