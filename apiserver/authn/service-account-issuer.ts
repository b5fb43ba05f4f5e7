/**
 * Tokens of service accounts: signed JSON web tokens that say whose they are, for whom, until when, and to which object's life
 * they are bound.
 *
 * The library is loaded with the first token: most servers of tests, and many clusters, never see one.
 *
 * Upstream: pkg/serviceaccount/{jwt,claims,legacy,openidmetadata}.go
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { InvalidCredentials } from './invalid-credentials.ts';

export interface IssuerOptions {
  /** The first signs; all are accepted. */
  issuers: readonly string[];
  /** PEM. */
  signingKey: Buffer;
  /** PEM, of keys whose tokens are accepted besides those of the signing key. */
  verificationKeys: readonly Buffer[];
  /** What a token must be for to be accepted by the API server; tokens that do not say are for it too. */
  audiences: readonly string[];
  /** The longest life of a token; 0 for any. */
  maxExpirationSeconds: number;
}

interface Reference {
  name: string;
  uid: string;
}

/** What a token says beside the standard claims. */
export interface PrivateClaims {
  namespace: string;
  serviceaccount: Reference;
  pod?: Reference;
  secret?: Reference;
  node?: Reference;
}

export interface TokenClaims {
  /** Names this token among all. */
  id: string;
  subject: string;
  audiences: readonly string[];
  /** Seconds since the epoch. */
  issuedAt: number;
  expiresAt: number;
  private: PrivateClaims;
}

/** Of tokens that stand in secrets: their claims are others, and they have no end. */
export const legacyIssuer = 'kubernetes/serviceaccount';

/** How far the clocks of servers may be apart. Upstream: jwt.DefaultLeeway */
export const leewaySeconds = 60;

const algorithms: Record<string, string> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' };

function algorithmOf(key: KeyObject): string {
  if (key.asymmetricKeyType === 'rsa') return 'RS256';
  const found = algorithms[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (!found)
    throw new Error('the key of service accounts must be one of RSA, or of the curves P-256, P-384 and P-521');
  return found;
}

/** A hash of the key itself, so that every server names it alike. */
const keyId = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64url');

export class ServiceAccountIssuer {
  readonly audiences: readonly string[];
  readonly maxExpirationSeconds: number;
  readonly #issuers: readonly string[];
  readonly #signingKey: KeyObject;
  readonly #keys: ReadonlyMap<string, KeyObject>;

  /** Throws for a key that cannot be read, or not be used. */
  constructor(options: IssuerOptions) {
    this.#issuers = options.issuers;
    this.audiences = options.audiences;
    this.maxExpirationSeconds = options.maxExpirationSeconds;
    this.#signingKey = createPrivateKey(options.signingKey);
    const keys = [createPublicKey(this.#signingKey), ...options.verificationKeys.flatMap(publicKeysOf)];
    this.#keys = new Map(keys.map((key) => [keyId(key), key]));
    for (const key of keys) algorithmOf(key);
  }

  async sign({ id, subject, audiences, issuedAt, expiresAt, private: claims }: TokenClaims): Promise<string> {
    const { SignJWT } = await import('jose');
    const kid = keyId(createPublicKey(this.#signingKey));
    return new SignJWT({ 'kubernetes.io': claims })
      .setProtectedHeader({ alg: algorithmOf(this.#signingKey), kid })
      .setIssuer(this.#issuers[0]!)
      .setSubject(subject)
      .setAudience([...audiences])
      .setIssuedAt(issuedAt)
      .setNotBefore(issuedAt)
      .setExpirationTime(expiresAt)
      .setJti(id)
      .sign(this.#signingKey);
  }

  /**
   * What a token says whose signature is ours, and whose time it is. Undefined for one that does not say that it is from here;
   * rejects with an `InvalidCredentials` for one that says so and is not good.
   */
  async verify(token: string, now: Date): Promise<JWTPayload | undefined> {
    const { decodeJwt, decodeProtectedHeader, errors } = await import('jose');
    let kid: unknown;
    try {
      const { iss = '' } = decodeJwt(token);
      if (iss !== legacyIssuer && !this.#issuers.includes(iss)) return undefined;
      kid = decodeProtectedHeader(token).kid;
    } catch {
      // Not a token of this form: it may be one of another.
      return undefined;
    }
    const keys = kid ? [this.#keys.get(String(kid)) ?? []].flat() : [...this.#keys.values()];
    if (keys.length === 0) throw new InvalidCredentials('invalid signature, no keys found');
    let failure: unknown;
    for (const key of keys) {
      try {
        return await verifyWith(key, token, now);
      } catch (error) {
        if (!(error instanceof errors.JOSEError)) throw error;
        failure = error;
        // Another key may be the one that signed it.
        if (!(error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JOSEAlgNotAllowed))
          break;
      }
    }
    throw new InvalidCredentials(explained(failure as Error & { code: string; claim?: string }));
  }

  /** `/openid/v1/jwks`: the public keys. */
  async jwks(): Promise<unknown> {
    const { exportJWK } = await import('jose');
    const keys = [...this.#keys].map(async ([kid, key]) => ({
      use: 'sig',
      kid,
      alg: algorithmOf(key),
      ...(await exportJWK(key)),
    }));
    return { keys: await Promise.all(keys) };
  }

  /** `/.well-known/openid-configuration`. */
  configuration(jwksUri: string): unknown {
    return {
      issuer: this.#issuers[0],
      jwks_uri: jwksUri,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [...new Set([...this.#keys.values()].map(algorithmOf))],
    };
  }
}

/** A file may hold several keys; of a private one the public half counts. */
const publicKeysOf = (pem: Buffer): KeyObject[] =>
  (pem.toString().match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g) ?? [pem.toString()]).map((key) =>
    createPublicKey(key),
  );

async function verifyWith(key: KeyObject, token: string, now: Date): Promise<JWTPayload> {
  const { jwtVerify } = await import('jose');
  const options = { algorithms: [algorithmOf(key)], currentDate: now, clockTolerance: leewaySeconds };
  return (await jwtVerify(token, key, options)).payload;
}

function explained({ code, claim, message }: Error & { code: string; claim?: string }): string {
  if (code === 'ERR_JWT_EXPIRED') return 'service account token has expired';
  if (code === 'ERR_JWT_CLAIM_VALIDATION_FAILED' && claim === 'nbf') return 'service account token is not valid yet';
  return message;
}
