/** `minikctl create clusterrole`. Upstream: kubectl/pkg/cmd/create/create_clusterrole.go */
import { clusterroles } from '../../../api/kinds/clusterroles.ts';
import { generate } from '../../create/generator.ts';
import { checkUrls, rulesOf } from '../../create/role-rules.ts';
import { checkResourceRule, lookupOf, ruleFlagsOf, ruleOptions } from './role.ts';

/** `a=b,c=d` */
function parsePairs(text: string): Record<string, string> {
  const pairs = text.split(',').map((pair) => {
    const at = pair.indexOf('=');
    if (at < 0) throw new Error('malformed pair, expect string=string');
    return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
  });
  return Object.fromEntries(pairs) as Record<string, string>;
}

export const createClusterRole = generate({
  command: 'clusterrole',
  kind: clusterroles,
  usage: 'NAME (--verb=VERB (--resource=RESOURCE | --non-resource-url=URL) | --aggregation-rule=LABEL=VALUE)',
  options: [
    ...ruleOptions,
    ['--non-resource-url <urls>', 'Of which paths: /healthz,/metrics/*.', { repeatable: true }],
    ['--aggregation-rule <labels>', 'The rules of the cluster roles with these labels.', { parse: parsePairs }],
  ],
  examples: `  minikctl create clusterrole node-reader --verb=get,list --resource=nodes
  minikctl create clusterrole scraper --verb=get --non-resource-url=/metrics
  minikctl create clusterrole monitoring --aggregation-rule=example.com/aggregate-to-monitoring=true`,
  async content(_name, options, session) {
    const flags = ruleFlagsOf(options);
    const { verbs, resources, nonResourceURLs } = flags;
    const matchLabels = options['aggregationRule'] as Record<string, string> | undefined;
    if (matchLabels) {
      if (Object.values(flags).some((list) => list.length > 0))
        throw new Error(
          'aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames',
        );
      return { aggregationRule: { clusterRoleSelectors: [{ matchLabels }] }, rules: null };
    }
    if (verbs.length === 0) throw new Error('at least one verb must be specified');
    if (resources.length === 0 && nonResourceURLs.length === 0)
      throw new Error('one of resource or nonResourceURL must be specified');
    const lookup = await lookupOf(session);
    if (resources.length > 0) checkResourceRule(flags, lookup, session);
    checkUrls(flags);
    return { rules: rulesOf(flags, lookup) };
  },
});
