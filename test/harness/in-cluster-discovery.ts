/**
 * Runs inside of a pod: checks the token at TOKEN_FILE with nothing but the address of its issuer, as a program would that
 * knows OpenID and not Kubernetes. Prints what the token says.
 */
import { readFileSync } from 'node:fs';
import { createRemoteJWKSet, customFetch, decodeJwt, jwtVerify } from 'jose';

const read = (name: string): string => readFileSync(process.env[name]!, 'utf8');
const headers = { authorization: `Bearer ${read('API_TOKEN_FILE')}` };
const token = read('TOKEN_FILE');
const { iss = '' } = decodeJwt(token);

const answer = await fetch(`${iss}/.well-known/openid-configuration`, { headers });
const discovered = (await answer.json()) as { issuer: string; jwks_uri: string };
const keys = createRemoteJWKSet(new URL(discovered.jwks_uri), {
  [customFetch]: (url, options) => fetch(url, { ...options, headers }),
});
const { payload } = await jwtVerify(token, keys, { issuer: discovered.issuer, audience: process.env['AUDIENCE']! });
console.log(JSON.stringify({ issuer: discovered.issuer, payload }));
