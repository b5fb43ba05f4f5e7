/** Tokens of service accounts: as the server gives them, and as it never would. */
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RestClient } from '../../client/rest.ts';
import type { ApiServer } from '../harness/apiserver.ts';

/** Asks for a token, as the client. */
export async function tokenOf(client: RestClient, namespace: string, name: string, spec: object = {}): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
  const { text } = await client.request({ method: 'POST', path, body });
  return (JSON.parse(text) as { status: { token: string } }).status.token;
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decoded = (text: string): object => JSON.parse(Buffer.from(text, 'base64url').toString()) as object;

function changed(token: string, { header = {}, claims = {} }: { header?: object; claims?: object }): string {
  const [head = '', payload = ''] = token.split('.');
  return `${encoded({ ...decoded(head), ...header })}.${encoded({ ...decoded(payload), ...claims })}`;
}

const signed = (input: string, key: KeyObject): string =>
  `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;

/** Signed by the server's own key, and over an hour ago. */
export function expired(token: string, server: Pick<ApiServer, 'pki'>): string {
  const end = Math.floor(Date.now() / 1000) - 3600;
  const claims = { iat: end - 600, nbf: end - 600, exp: end };
  return signed(changed(token, { claims }), createPrivateKey(readFileSync(server.pki('sa.key'))));
}

/** The same claims, signed by somebody else under the name of the server's key. */
export const signedByAnother = (token: string): string =>
  signed(changed(token, {}), generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);

/** The same claims, which say that nobody has signed them. */
export const unsigned = (token: string): string => `${changed(token, { header: { alg: 'none' } })}.`;

/** Other claims under the signature of the token. */
export const withClaims = (token: string, claims: object): string =>
  `${changed(token, { claims })}.${token.split('.')[2]}`;
