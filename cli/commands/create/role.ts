/** `minikctl create role`. Upstream: kubectl/pkg/cmd/create/create_role.go */
import { roles } from '../../../api/kinds/roles.ts';
import type { OptionSpec, Options } from '../../command.ts';
import { generate, listOf } from '../../create/generator.ts';
import { checkResources, type Lookup, type RuleFlags, rulesOf, tidy, unusualVerbs } from '../../create/role-rules.ts';
import type { Session } from '../../session.ts';

/** Of roles of either kind. */
export const ruleOptions: OptionSpec[] = [
  ['--verb <verbs>', 'What is allowed: get,list,watch,create,update,patch,delete.', { repeatable: true }],
  ['--resource <resources>', 'Of what: pods,pods/log,deployments.apps.', { repeatable: true }],
  ['--resource-name <name>', 'Only of the object of this name; may be repeated.', { repeatable: 'whole' }],
];

/** What the flags say. */
export const ruleFlagsOf = (options: Options): RuleFlags =>
  tidy({
    verbs: listOf(options, 'verb'),
    resources: listOf(options, 'resource'),
    resourceNames: listOf(options, 'resourceName'),
    nonResourceURLs: listOf(options, 'nonResourceUrl'),
  });

/** How the server's resources are found by name. */
export async function lookupOf(session: Session): Promise<Lookup> {
  const resources = await session.resources();
  return (text) => resources.lookup(text);
}

/** Refuses what a rule about resources cannot say, and warns of verbs that no request has. */
export function checkResourceRule(flags: RuleFlags, lookup: Lookup, session: Session): void {
  for (const verb of unusualVerbs(flags.verbs)) session.warn(`Warning: '${verb}' is not a standard resource verb`);
  if (flags.resources.length === 0) throw new Error('at least one resource must be specified');
  checkResources(flags, lookup);
}

export const createRole = generate({
  command: 'role',
  kind: roles,
  usage: 'NAME --verb=VERB --resource=RESOURCE[.GROUP][/SUBRESOURCE] [--resource-name=NAME]',
  options: ruleOptions,
  examples: `  minikctl create role pod-reader --verb=get,list,watch --resource=pods,pods/log
  minikctl create role deployer --verb=patch --resource=deployments.apps --resource-name=web`,
  async content(_name, options, session) {
    const flags = ruleFlagsOf(options);
    if (flags.verbs.length === 0) throw new Error('at least one verb must be specified');
    const lookup = await lookupOf(session);
    checkResourceRule(flags, lookup, session);
    return { rules: rulesOf(flags, lookup) };
  },
});
