/** The flags that say how callers are known, with kube-apiserver's names. */
import type { FlagTable } from '../../client/component/flags.ts';
import { oidcFlags } from './oidc/flags.ts';
import { requestHeaderFlags } from './request-header.ts';

export const authenticationFlags = {
  ...oidcFlags,
  ...requestHeaderFlags,
  'anonymous-auth': {
    type: 'bool',
    help: 'Whether a request without credentials is that of the user system:anonymous, or refused; true when not given.',
  },
  'client-ca-file': {
    type: 'string',
    help: 'CA file: a client with a certificate signed by it is who the certificate says.',
  },
  'token-auth-file': {
    type: 'string',
    help: 'File of bearer tokens: token,user,uid,"group,group" in each line.',
  },
  'enable-bootstrap-token-auth': {
    type: 'bool',
    default: 'false',
    help: 'Accept the tokens of Secrets of the type bootstrap.kubernetes.io/token in kube-system.',
  },
  'service-account-issuer': {
    type: 'list',
    default: '',
    help: 'Issuer of the tokens of service accounts; the first signs, the others are accepted too.',
  },
  'service-account-signing-key-file': {
    type: 'string',
    help: 'Private key that signs the tokens of service accounts. Without it there are none.',
  },
  'service-account-key-file': {
    type: 'list',
    default: '',
    help: 'Public keys whose tokens are accepted, besides those of the signing key.',
  },
  'service-account-max-token-expiration': {
    type: 'duration',
    default: '0s',
    help: 'The longest life of a token of a service account; 0 for any.',
  },
  'api-audiences': {
    type: 'list',
    default: '',
    help: 'What a token must be for to be accepted here; the issuer when not given.',
  },
} as const satisfies FlagTable;
