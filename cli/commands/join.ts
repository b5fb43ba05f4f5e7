/** `minikctl join`. Upstream: kubeadm join */
import { parseDuration } from '../../client/component/flags.ts';
import { parseCaHash } from '../bootstrap/ca-hash.ts';
import { parseToken } from '../bootstrap/tokens.ts';
import { join as joinCluster } from '../cluster/join.ts';
import { progressTo } from '../cluster/progress.ts';
import type { CliCommand } from '../command.ts';
import { usageError } from '../errors.ts';

export const join: CliCommand = {
  usage: 'ENDPOINT --token TOKEN --discovery-token-ca-cert-hash HASH [--node-name NAME]',
  options: [
    ['--token <token>', 'A bootstrap token; see minikctl token create.'],
    [
      '--discovery-token-ca-cert-hash <hash>',
      "Hash of the public key of the cluster's CA: sha256:HEX. May be given several times.",
      { repeatable: true },
    ],
    ['--discovery-token-unsafe-skip-ca-verification', 'Trust whichever CA the token has signed.'],
    ['--node-name <name>', 'minik-N; the first that is free when not given.'],
    ['--timeout <duration>', 'How long to wait until the node is Ready.', { default: '60s' }],
  ],
  examples: `  # On the machine of the cluster
  minikctl join $(minikctl token create --print-join-command | cut -d' ' -f3-)
`,
  async run(args, options, session) {
    const [endpoint, ...more] = args;
    if (!endpoint || more.length > 0) throw usageError('join', 'expected one argument, the address of the API server');
    const text = options['token'] as string | undefined;
    if (!text) throw usageError('join', 'required flag(s) "token" not set');
    const given = options['discoveryTokenCaCertHash'] as string[] | undefined;
    const unsafe = options['discoveryTokenUnsafeSkipCaVerification'] === true;
    if (!given && !unsafe)
      throw usageError(
        'join',
        'using token-based discovery without --discovery-token-ca-cert-hash can be unsafe; to continue pass --discovery-token-unsafe-skip-ca-verification',
      );
    const timeoutMs = parseDuration(String(options['timeout']));
    if (timeoutMs === undefined) throw usageError('join', '--timeout must be a duration such as 30s');
    const node = await joinCluster(
      {
        dataDir: session.dataDir,
        endpoint: endpoint.replace(/^https:\/\//, ''),
        token: parseToken(text),
        caHashes: unsafe ? undefined : given?.map(parseCaHash),
        nodeName: options['nodeName'] as string | undefined,
        timeoutMs,
      },
      progressTo((line) => process.stderr.write(line)),
    );
    session.print(`${node} has joined the cluster.`);
  },
};
