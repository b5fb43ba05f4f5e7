/** What service accounts are called as users. Upstream: apiserver/pkg/authentication/serviceaccount */
import { dns1123LabelErrors, dns1123SubdomainErrors } from '../../api/names.ts';

const prefix = 'system:serviceaccount:';

/** `system:serviceaccount:NAMESPACE:NAME` */
export const userNameOf = (namespace: string, name: string): string => `${prefix}${namespace}:${name}`;

/** The account behind such a name. */
export function splitUserName(userName: string): { namespace: string; name: string } | undefined {
  if (!userName.startsWith(prefix)) return undefined;
  const [namespace = '', name = '', ...more] = userName.slice(prefix.length).split(':');
  if (more.length > 0 || dns1123LabelErrors(namespace).length > 0 || dns1123SubdomainErrors(name).length > 0)
    return undefined;
  return { namespace, name };
}

/** The groups of every account, and of those of its namespace. */
export const groupsOf = (namespace: string): string[] => [
  'system:serviceaccounts',
  `system:serviceaccounts:${namespace}`,
];
