/** What a request wants, and what it should get: the words in which the matrix and the documented rights meet. */

/** In Kubernetes' terms. Written down with each request of the matrix, and not read from it. */
export interface Access {
  verb: string;
  group: string;
  resource: string;
  subresource: string;
  /** Empty across namespaces, and for what is in none. */
  namespace: string;
  name: string;
  fieldSelector?: string;
  /** Of a request that is not about a resource; the rest is empty then, but for the verb. */
  path?: string;
}

/**
 * `allowed` says nothing about what becomes of the request afterwards; `restricted` is a 403 too, but by admission, after the
 * authorizers have let it pass.
 */
export type Outcome = 'allowed' | 'forbidden' | 'restricted' | 'unauthenticated';

/** What a person may do. */
export type Rights = (access: Access) => Outcome;

/** Whoever may do it by one of them may. */
export const anyOf =
  (...all: Rights[]): Rights =>
  (access) => {
    const outcomes = all.map((rights) => rights(access));
    return (
      outcomes.find((outcome) => outcome === 'allowed') ?? outcomes.find((one) => one !== 'forbidden') ?? 'forbidden'
    );
  };

/** The sentence of a 403 by which the authorizers refuse it to the user; a reason may follow. */
export function refusalOf(user: string, access: Access): string {
  const { verb, group, resource, subresource, namespace, name, path } = access;
  if (path !== undefined) return `forbidden: User "${user}" cannot ${verb} path "${path}"`;
  const qualified = group ? `${resource}.${group}` : resource;
  const what = name ? `${qualified} "${name}"` : qualified;
  const full = subresource ? `${resource}/${subresource}` : resource;
  const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope';
  return `${what} is forbidden: User "${user}" cannot ${verb} resource "${full}" in API group "${group}" ${where}`;
}
