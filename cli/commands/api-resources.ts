/**
 * `minikctl api-resources`: what the server serves.
 * Upstream: kubectl/pkg/cmd/apiresources
 */
import { apiVersionOf } from '../../api/kind.ts';
import { type CliCommand, oneOf } from '../command.ts';
import { usageError } from '../errors.ts';
import type { ApiResource } from '../resources.ts';
import { columns } from '../table.ts';

export const apiResources: CliCommand = {
  usage: '[--namespaced=BOOL] [--api-group=GROUP] [-o wide|name]',
  options: [
    ['--namespaced [bool]', 'Only resources that are, or are not, in a namespace.', { parse: oneOf('true', 'false') }],
    ['--api-group <group>', 'Only resources of this group.'],
    ['--no-headers', 'Leave the head of the table out.'],
    ['-o, --output <format>', 'wide or name.', { parse: oneOf('wide', 'name') }],
  ],
  async run(args, options, session) {
    if (args.length > 0) throw usageError('api-resources', `unexpected arguments: [${args.join(' ')}]`);
    const { namespaced, apiGroup, output } = options;
    const resources = [...(await session.resources()).all]
      .filter((r) => namespaced === undefined || String(namespaced) === String(r.namespaced))
      .filter((r) => apiGroup === undefined || r.group === apiGroup)
      .sort((a, b) => compare(a.group, b.group) || compare(a.plural, b.plural));
    if (output === 'name') {
      for (const { plural, group } of resources) session.print(group ? `${plural}.${group}` : plural);
      return;
    }
    const wide = output === 'wide';
    const head = ['NAME', 'SHORTNAMES', 'APIVERSION', 'NAMESPACED', 'KIND', ...(wide ? ['VERBS', 'CATEGORIES'] : [])];
    const rows = resources.map((r) => row(r, wide));
    session.print(columns(options['headers'] === false ? rows : [head, ...rows]));
  },
};

function row(r: ApiResource, wide: boolean): string[] {
  const basic = [r.plural, r.shortNames.join(','), apiVersionOf(r), String(r.namespaced), r.kind];
  return wide ? [...basic, r.verbs.join(','), r.categories.join(',')] : basic;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
