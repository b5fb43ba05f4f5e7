/** `minikctl version`: the versions of this program and of the server. */
import type { CliCommand } from '../command.ts';
import { oneOf } from '../command.ts';
import { toYaml } from '../output.ts';
import { version as clientVersion } from '../version.ts';

interface ServerVersion {
  gitVersion: string;
}

export const version: CliCommand = {
  usage: '[--client] [-o json|yaml]',
  options: [
    ['--client', 'Only the version of minikctl; asks no server.'],
    ['-o, --output <format>', 'json or yaml.', { parse: oneOf('json', 'yaml') }],
  ],
  async run(_args, options, session) {
    const client = { gitVersion: `v${clientVersion}`, nodeVersion: process.version };
    const server = options['client'] ? undefined : await session.rest.json<ServerVersion>({ path: '/version' });
    const all = { clientVersion: client, ...(server && { serverVersion: server }) };
    if (options['output'] === 'json') session.print(JSON.stringify(all, undefined, 2));
    else if (options['output'] === 'yaml') process.stdout.write(await toYaml(all));
    else {
      session.print(`Client Version: ${client.gitVersion}`);
      if (server) session.print(`Server Version: ${server.gitVersion}`);
    }
  },
};
