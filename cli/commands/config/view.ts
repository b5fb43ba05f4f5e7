/** `minikctl config view`. Upstream: kubectl/pkg/cmd/config/view.go */
import type { KubeObject } from '../../../api/types.ts';
import type { CliCommand } from '../../command.ts';
import { mergedKubeconfig } from '../../config/edit.ts';
import { tidied } from '../../config/entries.ts';
import { kubeconfigFiles } from '../../config/files.ts';
import { flattened, minified, redacted } from '../../config/view.ts';
import { formatItems, parseOutput } from '../../output.ts';

export const view: CliCommand = {
  usage: '[--minify] [--flatten] [--raw]',
  options: [
    ['-o, --output <format>', 'yaml, json, jsonpath=TEMPLATE.', { default: 'yaml' }],
    ['--minify', 'Only what the current context uses.'],
    ['--flatten', 'With the files in place of their paths.'],
    ['--raw', 'With certificates, keys and tokens.'],
  ],
  examples: `  minikctl config view
  minikctl config view --minify --flatten > for-the-ci.yaml
  minikctl config view -o jsonpath='{.users[*].name}'`,
  async run(_args, options, session) {
    const output = parseOutput(String(options['output']), true, true);
    if (output.format === 'table' || output.format === 'name')
      throw new Error(
        `unable to match a printer suitable for the output format "${options['output']}", allowed formats are: json,jsonpath,yaml`,
      );
    const { globals } = session;
    const merged = mergedKubeconfig(kubeconfigFiles(globals), options['flatten'] === true);
    const wanted = options['minify'] ? minified(merged, globals.context) : merged;
    const shown = options['flatten'] ? flattened(wanted) : options['raw'] ? wanted : redacted(wanted);
    const object = tidied(shown) as unknown as KubeObject;
    process.stdout.write(await formatItems([{ resource: { group: '', singular: 'config' }, object }], output, true));
  },
};
