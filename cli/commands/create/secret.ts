/**
 * `minikctl create secret generic`, `tls` and `docker-registry`. Upstream: kubectl/pkg/cmd/create/create_secret*.go. Left out:
 * --append-hash.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { secrets } from '../../../api/kinds/secrets.ts';
import { fileErrorText } from '../../../client/file-error.ts';
import type { CliCommand, Options } from '../../command.ts';
import { type Generator, generate, listOf } from '../../create/generator.ts';
import { readSources, sourceOptions } from '../../create/keyed-sources.ts';

const failure = 'failed to create secret';

const base64 = (entries: Iterable<[string, Buffer]>): { data?: Record<string, string> } => {
  const data = [...entries].map(([key, value]): [string, string] => [key, value.toString('base64')]);
  return data.length > 0 ? { data: Object.fromEntries(data) } : {};
};

const sourcesOf = (options: Options): Map<string, Buffer> =>
  readSources(options, {
    badKey: (key, why) => `"${key}" is not valid key name for a Secret ${why}`,
    duplicate: (key) => `cannot add key ${key}, another key by that name already exists`,
  });

const generic: Generator = {
  command: 'secret generic',
  failure,
  kind: secrets,
  usage: 'NAME [--type=TYPE] [--from-literal=KEY=VALUE] [--from-file=[KEY=]PATH] [--from-env-file=PATH]',
  options: [...sourceOptions, ['--type <type>', 'What kind of secret it is.', { default: '' }]],
  examples: '  minikctl create secret generic db --from-literal=password=hunter2',
  content: (_name, options) => ({
    ...base64(sourcesOf(options)),
    ...(options['type'] ? { type: options['type'] } : {}),
  }),
};

const tls: Generator = {
  command: 'secret tls',
  failure,
  kind: secrets,
  usage: 'NAME --cert=FILE --key=FILE',
  options: [
    ['--cert <path>', 'The file with the certificate, and those that it follows from.', { default: '' }],
    ['--key <path>', "The file with the certificate's key.", { default: '' }],
  ],
  examples: '  minikctl create secret tls web --cert=web.crt --key=web.key',
  content(_name, options) {
    const [cert, key] = [String(options['cert']), String(options['key'])];
    if (cert === '' || key === '') throw new Error('key and cert must be specified');
    const [certificate, privateKey] = [readPem(cert), readPem(key)];
    checkPair(certificate, privateKey);
    return {
      type: 'kubernetes.io/tls',
      ...base64([
        ['tls.crt', certificate],
        ['tls.key', privateKey],
      ]),
    };
  },
};

function readPem(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Error(`Cannot read file ${path}, ${fileErrorText(error)}`);
  }
}

/** Throws, in Go's words, unless the key is the certificate's. */
function checkPair(certificate: Buffer, key: Buffer): void {
  const missing = (text: Buffer, what: string): void => {
    if (!text.includes('-----BEGIN')) throw new Error(`tls: failed to find any PEM data in ${what} input`);
  };
  missing(certificate, 'certificate');
  missing(key, 'key');
  if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key)))
    throw new Error('tls: private key does not match public key');
}

const dockerRegistry: Generator = {
  command: 'secret docker-registry',
  failure,
  kind: secrets,
  usage: 'NAME (--docker-username=NAME --docker-password=PASSWORD [--docker-server=HOST] | --from-file=[KEY=]PATH)',
  options: [
    ['--docker-server <host>', 'The registry.', { default: 'https://index.docker.io/v1/' }],
    ['--docker-username <name>', 'Who to be there.', { default: '' }],
    ['--docker-password <password>', 'The password there.', { default: '' }],
    ['--docker-email <address>', 'The address there.', { default: '' }],
    sourceOptions[1]!,
  ],
  examples:
    '  minikctl create secret docker-registry pull --docker-server=reg.example.com --docker-username=ci --docker-password=x',
  content(_name, options) {
    const [server, username, password, email] = ['Server', 'Username', 'Password', 'Email'].map((part) =>
      String(options[`docker${part}`]),
    ) as [string, string, string, string];
    const type = 'kubernetes.io/dockerconfigjson';
    const key = '.dockerconfigjson';
    const files = listOf(options, 'fromFile');
    if (files.length > 0) {
      const named = files.map((text) => (text.includes('=') ? text : `${key}=${text}`));
      return { type, ...base64(sourcesOf({ fromFile: named })) };
    }
    if (!server || !username || !password)
      throw new Error(
        'either --from-file or the combination of --docker-username, --docker-password and --docker-server is required',
      );
    const auth = Buffer.from(`${username}:${password}`).toString('base64');
    const config = { auths: { [server]: { username, password, ...(email && { email }), auth } } };
    return { type, ...base64([[key, Buffer.from(JSON.stringify(config))]]) };
  },
};

export const createSecret: CliCommand = {
  usage: '(generic | tls | docker-registry) NAME',
  options: [],
  subcommands: [
    { name: 'generic', summary: 'Create a secret from files or literals', load: async () => generate(generic) },
    { name: 'tls', summary: 'Create a secret with a certificate and its key', load: async () => generate(tls) },
    {
      name: 'docker-registry',
      summary: 'Create a secret with which images can be pulled',
      load: async () => generate(dockerRegistry),
    },
  ],
};
