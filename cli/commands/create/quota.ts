/** `minikctl create quota`. Upstream: kubectl/pkg/cmd/create/create_quota.go */
import { resourcequotas } from '../../../api/kinds/resourcequotas.ts';
import { canonicalQuantity } from '../../../api/quantity.ts';
import { generate } from '../../create/generator.ts';

/** `cpu=1,pods=2` */
function parseHard(text: string): Record<string, string> {
  const pairs = text.split(',').map((pair) => {
    const [name = '', value, ...more] = pair.split('=');
    if (value === undefined || more.length > 0)
      throw new Error(`Invalid argument syntax ${pair}, expected <resource>=<value>`);
    return [name, canonicalQuantity(value)];
  });
  return Object.fromEntries(pairs) as Record<string, string>;
}

export const createQuota = generate({
  command: 'quota',
  failure: 'failed to create quota:',
  kind: resourcequotas,
  usage: 'NAME [--hard=NAME=AMOUNT,...] [--scopes=SCOPE,...]',
  options: [
    ['--hard <amounts>', 'How much there may be at most: cpu=1,memory=1G,pods=2.'],
    ['--scopes <scopes>', 'Of which pods: BestEffort,NotTerminating.'],
  ],
  examples: `  minikctl create quota dev --hard=cpu=4,memory=8Gi,pods=20 -n dev
  minikctl create quota best-effort --hard=pods=100 --scopes=BestEffort`,
  content(_name, options) {
    const hard = options['hard'] as string | undefined;
    const scopes = options['scopes'] as string | undefined;
    return {
      spec: { ...(hard && { hard: parseHard(hard) }), ...(scopes && { scopes: scopes.split(',') }) },
      status: {},
    };
  },
});
