/** `minikctl auth whoami`. Upstream: kubectl/pkg/cmd/auth/whoami.go */
import { selfsubjectreviews } from '../../../api/kinds/selfsubjectreviews.ts';
import type { UserInfo } from '../../../api/types.ts';
import type { CliCommand } from '../../command.ts';
import { parseOutput } from '../../output.ts';
import { printResult, resultOutputOption } from '../../print-result.ts';
import { columns } from '../../table.ts';

export const whoami: CliCommand = {
  usage: '[-o FORMAT]',
  options: [resultOutputOption],
  examples: `  minikctl auth whoami
  minikctl auth whoami --as ann --as-group developers`,
  async run(_args, options, session) {
    const output = parseOutput(String(options['output']));
    const review = await session.rest.of(selfsubjectreviews).create({ metadata: {} });
    if (output.format !== 'table')
      return printResult({ resource: selfsubjectreviews, object: review }, '', output, session);
    session.print(columns([['ATTRIBUTE', 'VALUE'], ...rowsOf(review.status?.userInfo ?? {})]));
  },
};

function rowsOf({ username, uid, groups = [], extra = {} }: UserInfo): [string, string][] {
  const list = (values: string[]): string => `[${values.join(' ')}]`;
  return [
    ...(username ? [['Username', username] as [string, string]] : []),
    ...(uid ? [['UID', uid] as [string, string]] : []),
    ...(groups.length > 0 ? [['Groups', list(groups)] as [string, string]] : []),
    ...Object.keys(extra)
      .sort()
      .map((key): [string, string] => [`Extra: ${key}`, list(extra[key]!)]),
  ];
}
