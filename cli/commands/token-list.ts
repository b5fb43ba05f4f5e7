/** `minikctl token list`. */
import { bootstrapNamespace, bootstrapTokenType } from '../../api/bootstrap-token.ts';
import { secrets } from '../../api/kinds/secrets.ts';
import { tokenColumns, tokenRow } from '../bootstrap/tokens.ts';
import type { CliCommand } from '../command.ts';
import { columns } from '../table.ts';

export const tokenList: CliCommand = {
  usage: '',
  options: [],
  async run(_args, _options, session) {
    const fieldSelector = `type=${bootstrapTokenType}`;
    const { items } = await session.rest.of(secrets).list({ namespace: bootstrapNamespace, fieldSelector });
    const rows = items.flatMap((secret) => {
      const row = tokenRow(secret, Date.now());
      return row ? [row] : [];
    });
    if (rows.length > 0) session.print(columns([tokenColumns, ...rows]));
  },
};
