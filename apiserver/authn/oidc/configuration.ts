/**
 * Which OpenID providers are believed, and how what they say becomes a user: the content of the file of
 * `--authentication-config`, and the same made from the `--oidc-*` flags.
 *
 * Upstream: apiserver/pkg/apis/apiserver/types.go (AuthenticationConfiguration)
 */
import { type ConfigurationKind, type Fields, readConfiguration } from '../../configuration-file/read.ts';
import type { AnonymousConfiguration } from '../anonymous.ts';

export interface AuthenticationConfiguration {
  jwt?: JwtAuthenticator[];
  anonymous?: AnonymousConfiguration;
}

export interface JwtAuthenticator {
  issuer: Issuer;
  claimValidationRules?: ClaimValidationRule[];
  claimMappings: ClaimMappings;
  userValidationRules?: { expression?: string; message?: string }[];
}

export interface Issuer {
  url: string;
  /** Where the provider's document is, when that is not below the issuer's URL. */
  discoveryURL?: string;
  /** PEM, of the CA that has signed the provider's certificate. */
  certificateAuthority?: string;
  audiences?: string[];
  audienceMatchPolicy?: string;
}

/** A claim that must have a value, or an expression that must be true. */
export interface ClaimValidationRule {
  claim?: string;
  requiredValue?: string;
  expression?: string;
  message?: string;
}

export interface ClaimOrExpression {
  claim?: string;
  /** Stands before each value of the claim. */
  prefix?: string;
  expression?: string;
}

export interface ClaimMappings {
  username?: ClaimOrExpression;
  groups?: ClaimOrExpression;
  uid?: Omit<ClaimOrExpression, 'prefix'>;
  extra?: { key?: string; valueExpression?: string }[];
}

const mapping: Fields = { claim: 'text', prefix: 'text', expression: 'text' };

const kind: ConfigurationKind = {
  kind: 'AuthenticationConfiguration',
  apiVersions: ['apiserver.config.k8s.io/v1', 'apiserver.config.k8s.io/v1beta1'],
  fields: {
    jwt: [
      {
        issuer: {
          url: 'text',
          discoveryURL: 'text',
          certificateAuthority: 'text',
          audiences: 'texts',
          audienceMatchPolicy: 'text',
        },
        claimValidationRules: [{ claim: 'text', requiredValue: 'text', expression: 'text', message: 'text' }],
        claimMappings: {
          username: mapping,
          groups: mapping,
          uid: { claim: 'text', expression: 'text' },
          extra: [{ key: 'text', valueExpression: 'text' }],
        },
        userValidationRules: [{ expression: 'text', message: 'text' }],
      },
    ],
    anonymous: { enabled: 'boolean', conditions: [{ path: 'text' }] },
  },
};

/** Reads the text of a file. Throws with all whose type is wrong, and for fields that nobody knows. */
export function readAuthenticationConfiguration(text: string): AuthenticationConfiguration {
  const unknown: string[] = [];
  const read = readConfiguration<AuthenticationConfiguration>(text, kind, (message) => unknown.push(message));
  if (unknown.length > 0) throw new Error(`strict decoding error: ${unknown.join(', ')}`);
  const jwt = (read.jwt ?? []).map((one) => ({
    ...one,
    issuer: { ...one.issuer, url: one.issuer?.url ?? '' },
    claimMappings: one.claimMappings ?? {},
  }));
  return { ...read, jwt };
}
