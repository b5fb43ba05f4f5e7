/**
 * `serviceaccounts/token`: a token for the account, bound to the life of the account and, if asked, of a pod, secret or node.
 *
 * Upstream: pkg/registry/core/serviceaccount/storage/token.go, pkg/apis/authentication/validation
 */
import { randomUUID } from 'node:crypto';
import { badRequest, conflict, type FieldError, field, invalid, resourceNotFound } from '../../api/errors.ts';
import { rfc3339 } from '../../api/meta.ts';
import { builtInType } from '../../api/object-type.ts';
import type { KubeObject, Pod } from '../../api/types.ts';
import { admitOrder } from '../admission/admit.ts';
import type { PrivateClaims } from '../authn/service-account-issuer.ts';
import { userNameOf } from '../authn/service-account-user.ts';
import { type Handler, writeOptionsOf } from '../handlers/handler.ts';
import { get } from '../registry/get.ts';
import type { Registry } from '../registry/registry.ts';
import { json } from '../request/call.ts';
import { decodeBody } from '../request/decode.ts';

const tokenRequests = {
  kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
  type: builtInType('io.k8s.api.authentication.v1.TokenRequest'),
};

interface BoundObjectReference {
  kind?: string;
  apiVersion?: string;
  name?: string;
  uid?: string;
}

type TokenRequest = KubeObject & {
  spec?: { audiences?: string[]; expirationSeconds?: number; boundObjectRef?: BoundObjectReference };
};

const defaultSeconds = 3600;
const minSeconds = 600;
const maxSeconds = 2 ** 32;

export const createToken: Handler = async (registry, resource, call) => {
  const { tokenIssuer: issuer } = registry;
  if (!issuer) throw resourceNotFound();
  const { namespace, name } = call.info;
  const options = writeOptionsOf(call);
  const request = await decodeBody<TokenRequest>(call, tokenRequests);
  const { kind, type } = tokenRequests;
  const order = { operation: 'create', resource, subresource: 'token', kind, type, namespace, name } as const;
  await admitOrder(registry.admission, { ...order, object: request, options, served: registry });
  const account = (await get(registry, resource, namespace, name)).object;
  const { boundObjectRef, audiences: asked, expirationSeconds = defaultSeconds } = request.spec ?? {};
  const errors = validate(request, namespace, name, expirationSeconds);
  if (errors.length > 0) throw invalid(tokenRequests.kind, request.metadata.name ?? '', errors);
  const bound = boundObjectRef ? await boundTo(registry, namespace, name, boundObjectRef) : {};
  const audiences = asked?.length ? asked : issuer.audiences;
  const longest = issuer.maxExpirationSeconds || expirationSeconds;
  const seconds = Math.min(expirationSeconds, longest);
  if (seconds < expirationSeconds) {
    call.warnings.push(`requested expiration of ${expirationSeconds} seconds shortened to ${seconds} seconds`);
  }
  const now = registry.now();
  const issuedAt = Math.floor(now.getTime() / 1000);
  const id = randomUUID();
  call.auditAnnotations['authentication.kubernetes.io/issued-credential-id'] = `JTI=${id}`;
  const token = await issuer.sign({
    id,
    subject: userNameOf(namespace, name),
    audiences,
    issuedAt,
    expiresAt: issuedAt + seconds,
    private: { namespace, serviceaccount: { name, uid: account.metadata.uid! }, ...bound },
  });
  return json(201, {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { ...request.metadata, name, namespace, creationTimestamp: rfc3339(now) },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: boundObjectRef ?? null },
    // A token that was not meant is not given.
    status: { token: options.dryRun ? '' : token, expirationTimestamp: rfc3339(new Date((issuedAt + seconds) * 1000)) },
  });
};

function validate({ metadata }: TokenRequest, namespace: string, name: string, seconds: number): FieldError[] {
  const errors: FieldError[] = [];
  const path = 'spec.expirationSeconds';
  if (metadata.name && metadata.name !== name)
    errors.push(field.invalid('metadata.name', metadata.name, 'must match the service account name if specified'));
  if (metadata.namespace && metadata.namespace !== namespace) {
    const why = 'must match the service account namespace if specified';
    errors.push(field.invalid('metadata.namespace', metadata.namespace, why));
  }
  if (seconds < minSeconds)
    errors.push(field.invalid(path, seconds, 'may not specify a duration less than 10 minutes'));
  if (seconds > maxSeconds)
    errors.push(field.invalid(path, seconds, 'may not specify a duration larger than 2^32 seconds'));
  return errors;
}

type Bound = Pick<PrivateClaims, 'pod' | 'secret' | 'node'>;

/** The object that the token is bound to, as it is now. Throws when it is not the one that was meant. */
async function boundTo(
  registry: Registry,
  namespace: string,
  account: string,
  { kind = '', apiVersion = '', name = '', uid }: BoundObjectReference,
): Promise<Bound> {
  const plural = { Pod: 'pods', Secret: 'secrets', Node: 'nodes' }[kind];
  if (!plural || apiVersion !== 'v1') {
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
  }
  const { object } = await get(registry, registry.resources.must('', plural), kind === 'Node' ? '' : namespace, name);
  const found = object.metadata.uid!;
  if (kind === 'Pod') {
    const { serviceAccountName = '' } = (object as Pod).spec ?? {};
    if (serviceAccountName !== account) {
      const who = JSON.stringify(account);
      throw badRequest(
        `cannot bind token for serviceaccount ${who} to pod running with different serviceaccount name.`,
      );
    }
  }
  if (uid && uid !== found) {
    throw conflict(
      { group: '', plural: kind },
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  const reference = { name, uid: found };
  if (kind !== 'Pod') return kind === 'Secret' ? { secret: reference } : { node: reference };
  const { nodeName } = (object as Pod).spec ?? {};
  const node = nodeName ? registry.resources.must('', 'nodes').cache.get(nodeName)?.object : undefined;
  return { pod: reference, ...(node && { node: { name: nodeName!, uid: node.metadata.uid! } }) };
}
