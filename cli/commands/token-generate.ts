/** `minikctl token generate`. */
import { formatToken, generateToken } from '../bootstrap/tokens.ts';
import type { CliCommand } from '../command.ts';

export const tokenGenerate: CliCommand = {
  usage: '',
  options: [],
  async run(_args, _options, session) {
    session.print(formatToken(generateToken()));
  },
};
