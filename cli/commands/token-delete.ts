/** `minikctl token delete`. */
import { bootstrapNamespace, bootstrapSecretName, parseBootstrapToken } from '../../api/bootstrap-token.ts';
import { secrets } from '../../api/kinds/secrets.ts';
import type { CliCommand } from '../command.ts';
import { usageError } from '../errors.ts';

export const tokenDelete: CliCommand = {
  usage: 'TOKEN...',
  options: [],
  async run(args, _options, session) {
    if (args.length === 0) throw usageError('token delete', 'missing argument; a token or the first half of one');
    for (const text of args) {
      const id = parseBootstrapToken(text)?.id ?? text;
      if (!/^[a-z0-9]{6}$/.test(id))
        throw new Error(`given token or token id ${JSON.stringify(text)} didn't match pattern [a-z0-9]{6}`);
      await session.rest.of(secrets).delete(bootstrapSecretName(id), bootstrapNamespace);
      session.print(`bootstrap token ${JSON.stringify(id)} deleted`);
    }
  },
};
