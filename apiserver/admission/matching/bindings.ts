/**
 * What expressions of webhooks and policies see of a request. Each value is made when an expression first reads it, so a policy that
 * looks at the user only does not pay for a large object.
 *
 * Upstream: apiserver/pkg/admission/plugin/cel/{activation,condition}.go
 */
import { type AccessAnswer, CelAuthorizer } from '../../../api/cel/library/authorizer.ts';
import { toDynamic } from '../../../api/structural/cel-types.ts';
import type { KubeObject } from '../../../api/types.ts';
import type { User } from '../../authn/user.ts';
import type { Authorizer } from '../../authz/authorizer.ts';
import type { Admission } from '../plugin.ts';
import { admissionRequest } from '../webhook/review.ts';
import type { Versioned } from './equivalent.ts';
import { namespaceOf } from './selectors.ts';

/** `object`, `oldObject`, `request`, `namespaceObject` and `authorizer`. The objects must not change while these are read. */
export class RequestBindings {
  readonly #admission: Admission;
  readonly #versioned: Versioned;
  #object: unknown;
  #oldObject: unknown;
  #request: unknown;
  #namespaceObject: unknown;
  #authorizer: unknown;

  constructor(admission: Admission, versioned: Versioned) {
    this.#admission = admission;
    this.#versioned = versioned;
  }

  get object(): unknown {
    this.#object ??= dynamicOf(this.#versioned.object);
    return this.#object;
  }

  get oldObject(): unknown {
    this.#oldObject ??= dynamicOf(this.#versioned.old);
    return this.#oldObject;
  }

  get request(): unknown {
    this.#request ??= requestOf(this.#admission, this.#versioned);
    return this.#request;
  }

  get namespaceObject(): unknown {
    this.#namespaceObject ??= namespaceObjectOf(this.#admission);
    return this.#namespaceObject;
  }

  get authorizer(): unknown {
    this.#authorizer ??= authorizerOf(this.#admission);
    return this.#authorizer;
  }
}

/** An object as expressions see it; null where there is none. */
export const dynamicOf = (object: KubeObject | undefined): unknown => (object ? toDynamic(object) : null);

/** Its objects are variables of their own. */
function requestOf(admission: Admission, versioned: Versioned): object {
  const { uid: _, object, oldObject, options, ...request } = admissionRequest('', admission, versioned);
  return { ...request, options: toDynamic(options) };
}

/** Null for what is in no namespace. */
function namespaceObjectOf({ resource, namespace, served }: Admission): unknown {
  if (!resource.kind.namespaced) return null;
  const entry = served.resources.must('', 'namespaces').cache.get(namespace);
  if (!entry) return null;
  const { managedFields: _, ownerReferences, ...metadata } = entry.object.metadata;
  return toDynamic({ ...entry.object, metadata });
}

function authorizerOf(admission: Admission): CelAuthorizer {
  const { served, options, resource, subresource, name } = admission;
  const { group, plural } = resource.kind;
  return new CelAuthorizer(answers(served.authorizer, options.user), {
    group,
    resource: plural,
    subresource,
    namespace: namespaceOf(admission),
    name,
  });
}

const answers =
  (authorizer: Authorizer, requester: User): AccessAnswer =>
  ({ serviceAccount, verb, path, resource }) => {
    const user = serviceAccount ? serviceAccountUser(serviceAccount) : requester;
    const subject = {
      group: resource?.group ?? '',
      version: resource ? '*' : '',
      resource: resource?.resource ?? '',
      subresource: resource?.subresource ?? '',
      namespace: resource?.namespace ?? '',
      name: resource?.name ?? '',
      ...(resource?.fieldSelector && { fieldSelector: resource.fieldSelector }),
      ...(resource?.labelSelector && { labelSelector: resource.labelSelector }),
    };
    return authorizer.decide(user, { isResource: resource !== undefined, path: path ?? '', verb, ...subject });
  };

const serviceAccountUser = ({ namespace, name }: { namespace: string; name: string }): User => ({
  name: `system:serviceaccount:${namespace}:${name}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
});
