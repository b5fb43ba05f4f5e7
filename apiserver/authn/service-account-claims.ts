/**
 * What the claims of a service account's token come down to: the user, for whom the token is, and the objects on which its life
 * depends. Pure: the signature has been verified before, the objects are looked up by the caller.
 *
 * Upstream: pkg/serviceaccount/{claims,legacy,util}.go
 */
import type { JWTPayload } from 'jose';
import { InvalidCredentials } from './invalid-credentials.ts';
import { leewaySeconds, legacyIssuer, type PrivateClaims } from './service-account-issuer.ts';
import { groupsOf, splitUserName, userNameOf } from './service-account-user.ts';
import type { User } from './user.ts';

export interface Verified {
  user: User;
  /** For whom it is; undefined when it does not say. */
  audiences: readonly string[] | undefined;
  bound: readonly Bound[];
}

/** An object that must be there for the token to count, and what is said otherwise. */
export interface Bound {
  plural: 'serviceaccounts' | 'secrets' | 'pods' | 'nodes';
  namespace: string;
  name: string;
  /** Undefined where any object of the name will do. */
  uid: string | undefined;
  /** The token itself, where the object must hold it. */
  holds?: string;
  /** How long ago its deletion may have begun. */
  leewayMs: number;
  missing: string;
  deleted: string;
  replaced(uid: string): string;
}

/** Throws an `InvalidCredentials` for claims that a token of ours does not have. */
export const readClaims = (payload: JWTPayload, token: string): Verified =>
  payload.iss === legacyIssuer ? readLegacy(payload, token) : readCurrent(payload);

function readCurrent(payload: JWTPayload): Verified {
  const claims = payload['kubernetes.io'] as Partial<PrivateClaims> | undefined;
  if (!claims?.namespace || !claims.serviceaccount?.name) {
    throw new InvalidCredentials('service account token claims could not be validated due to unexpected private claim');
  }
  const { namespace, serviceaccount, pod, secret, node } = claims as PrivateClaims;
  const extra = {
    ...(payload.jti && { [extraKey('credential-id')]: [`JTI=${payload.jti}`] }),
    ...(pod && { [extraKey('pod-name')]: [pod.name], [extraKey('pod-uid')]: [pod.uid] }),
    ...(node && { [extraKey('node-name')]: [node.name], [extraKey('node-uid')]: [node.uid] }),
  };
  const leewayMs = leewaySeconds * 1000;
  const part = (plural: Bound['plural'], kind: string, { name, uid }: { name: string; uid: string }): Bound => ({
    plural,
    namespace: plural === 'nodes' ? '' : namespace,
    name,
    uid,
    leewayMs,
    missing: invalidated,
    deleted: invalidated,
    replaced: (found) => `${kind} UID (${found}) does not match service account ${kind} ref claim (${uid})`,
  });
  return {
    user: userOf(namespace, serviceaccount.name, serviceaccount.uid, extra),
    audiences: payload.aud === undefined ? undefined : [payload.aud].flat(),
    bound: [
      account(namespace, serviceaccount.name, serviceaccount.uid, leewayMs),
      ...(secret ? [part('secrets', 'secret', secret)] : []),
      ...(pod ? [part('pods', 'pod', pod)] : []),
      // A token that is bound to a pod only says on which node that is.
      ...(node && !pod ? [part('nodes', 'node', node)] : []),
    ],
  };
}

const extraKey = (name: string): string => `authentication.kubernetes.io/${name}`;

const invalidated = 'service account token has been invalidated';

/** A token that stands in a secret of the type `kubernetes.io/service-account-token`. */
function readLegacy(payload: JWTPayload, token: string): Verified {
  const claim = (name: string, called: string): string => {
    const value = payload[name === 'sub' ? name : `kubernetes.io/serviceaccount/${name}`];
    if (typeof value === 'string' && value !== '') return value;
    throw new InvalidCredentials(`${called} claim is missing`);
  };
  const subject = claim('sub', 'sub');
  const namespace = claim('namespace', 'namespace');
  const secret = claim('secret.name', 'secretName');
  const name = claim('service-account.name', 'serviceAccountName');
  const uid = claim('service-account.uid', 'serviceAccountUID');
  const said = splitUserName(subject);
  if (said?.namespace !== namespace || said.name !== name) throw new InvalidCredentials('sub claim is invalid');
  return {
    user: userOf(namespace, name, uid, {}),
    audiences: undefined,
    bound: [
      {
        plural: 'secrets',
        namespace,
        name: secret,
        uid: undefined,
        holds: token,
        leewayMs: 0,
        missing: invalidated,
        deleted: invalidated,
        replaced: () => invalidated,
      },
      account(namespace, name, uid, 0),
    ],
  };
}

const account = (namespace: string, name: string, uid: string, leewayMs: number): Bound => ({
  plural: 'serviceaccounts',
  namespace,
  name,
  uid,
  leewayMs,
  missing: `serviceaccounts "${name}" not found`,
  deleted: `service account ${namespace}/${name} has been deleted`,
  replaced: (found) => `service account UID (${found}) does not match claim (${uid})`,
});

const userOf = (namespace: string, name: string, uid: string, extra: Record<string, string[]>): User => ({
  name: userNameOf(namespace, name),
  uid,
  groups: [...groupsOf(namespace), 'system:authenticated'],
  ...(Object.keys(extra).length > 0 && { extra }),
});
