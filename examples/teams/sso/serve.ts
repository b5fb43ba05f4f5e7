/**
 * A single sign-on to try the example with: a real OpenID provider on this machine, whose people are those of `people.ts`.
 *
 *     node examples/teams/sso/serve.ts FOLDER [PORT]
 *
 * Leaves in the folder its CA, and `authentication.yaml`: ../control-plane/authentication.yaml with its address.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { OpenIdProvider } from '../../../test/harness/openid-provider.ts';
import { people } from './people.ts';

const [folder, port = '25443'] = process.argv.slice(2);
if (!folder) throw new Error('usage: serve.ts FOLDER [PORT]');

mkdirSync(folder, { recursive: true });
const provider = await OpenIdProvider.start(folder, Number(port), people);
const configuration = parseDocument(
  readFileSync(resolve(import.meta.dirname, '../control-plane/authentication.yaml'), 'utf8'),
);
const issuer = ['jwt', 0, 'issuer'];
configuration.setIn([...issuer, 'url'], provider.issuer);
configuration.setIn([...issuer, 'certificateAuthority'], readFileSync(provider.caFile, 'utf8'));
// At once, and last: who waits for the file finds it whole, and the provider serving.
const file = join(folder, 'authentication.yaml');
writeFileSync(`${file}.tmp`, String(configuration));
renameSync(`${file}.tmp`, file);
console.log(`Single sign-on at ${provider.issuer} for ${Object.keys(people).join(', ')}`);

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => provider.close());
