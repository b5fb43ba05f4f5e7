/**
 * Logs a person in at the single sign-on of `serve.ts`, and prints the credentials as kubectl wants them of a program. With a
 * provider of your own this is the job of kubelogin (`kubectl oidc-login get-token`), which opens a browser.
 *
 *     node examples/teams/sso/login.ts FOLDER PERSON
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { idToken } from '../../../test/harness/openid-login.ts';

const [folder, person] = process.argv.slice(2);
if (!folder || !person) throw new Error('usage: login.ts FOLDER PERSON');

const { jwt } = parse(readFileSync(join(folder, 'authentication.yaml'), 'utf8')) as {
  jwt: { issuer: { url: string } }[];
};
const token = await idToken(jwt[0]!.issuer.url, join(folder, 'openid-ca.crt'), person);
console.log(
  JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } }),
);
