/**
 * `minikctl api-resources`: what the server serves.
 * Upstream: kubectl/pkg/cmd/apiresources
 */
import { apiVersionOf } from '../../api/kind.ts';
import { type CliCommand, oneOf } from '../command.ts';
import { usageError } from '../errors.ts';
import type { ApiResource } from '../resources.ts';
import { columns } from '../table.ts';

const list = (text: string): string[] => text.split(',').filter(Boolean);

export const apiResources: CliCommand = {
  usage: '[--namespaced=BOOL] [--api-group=GROUP] [--verbs=VERBS] [--categories=CATEGORIES] [-o wide|name]',
  options: [
    ['--namespaced [bool]', 'Only resources that are, or are not, in a namespace.', { parse: oneOf('true', 'false') }],
    ['--api-group <group>', 'Only resources of this group.'],
    ['--verbs <verbs>', 'Only resources that know all of these verbs.', { parse: list }],
    ['--categories <categories>', 'Only resources that are in all of these categories.', { parse: list }],
    ['--sort-by <field>', 'name or kind; by group without it.', { parse: oneOf('name', 'kind') }],
    ['--no-headers', 'Leave the head of the table out.'],
    ['-o, --output <format>', 'wide or name.', { parse: oneOf('wide', 'name') }],
  ],
  async run(args, options, session) {
    if (args.length > 0) throw usageError('api-resources', `unexpected arguments: [${args.join(' ')}]`);
    const { namespaced, apiGroup, output } = options;
    const verbs = (options['verbs'] ?? []) as string[];
    const categories = (options['categories'] ?? []) as string[];
    const resources = [...(await session.resources()).preferred]
      .filter((r) => namespaced === undefined || String(namespaced) === String(r.namespaced))
      .filter((r) => apiGroup === undefined || r.group === apiGroup)
      .filter((r) => verbs.every((verb) => r.verbs.includes(verb)))
      .filter((r) => categories.every((category) => r.categories.includes(category)))
      .sort(orders[String(options['sortBy'])] ?? byGroup);
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
const byGroup = (a: ApiResource, b: ApiResource): number => compare(a.group, b.group) || compare(a.plural, b.plural);
const orders: Record<string, (a: ApiResource, b: ApiResource) => number> = {
  name: (a, b) => compare(a.plural, b.plural),
  kind: (a, b) => compare(a.kind, b.kind),
};
