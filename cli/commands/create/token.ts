/**
 * `minikctl create token`: a token of a service account, from the server.
 * Upstream: kubectl/pkg/cmd/create/create_token.go
 */
import { serviceaccounts } from '../../../api/kinds/serviceaccounts.ts';
import type { KubeObject } from '../../../api/types.ts';
import type { CliCommand, Options } from '../../command.ts';
import { listOf } from '../../create/generator.ts';
import { usageError } from '../../errors.ts';
import { parseGoDuration } from '../../go-duration.ts';
import { parseOutput } from '../../output.ts';
import { printResult, resultOutputOption } from '../../print-result.ts';

const boundKinds = ['Node', 'Pod', 'Secret'];
const tokenRequests = { group: 'authentication.k8s.io', singular: 'tokenrequest' };

export const createToken: CliCommand = {
  usage: 'SERVICE_ACCOUNT_NAME',
  options: [
    ['--audience <name>', 'Who it is for, when not the API server; may be repeated.', { repeatable: 'whole' }],
    [
      '--duration <duration>',
      'How long it shall be good: 10m, 24h. The server may choose otherwise.',
      { parse: parseGoDuration },
    ],
    ['--bound-object-kind <kind>', `With the end of which object it ends: ${boundKinds.join(', ')}.`, { default: '' }],
    ['--bound-object-name <name>', 'The name of that object.', { default: '' }],
    ['--bound-object-uid <uid>', 'The UID of that object.', { default: '' }],
    resultOutputOption,
  ],
  examples: `  minikctl create token ci -n prod
  minikctl create token ci --duration 10m --audience https://example.com`,
  async run(args, options, session) {
    const [name = ''] = args;
    if (args.length !== 1) throw usageError('create token', `exactly one NAME is required, got ${args.length}`);
    const output = parseOutput(String(options['output']));
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: {}, spec: specOf(options) };
    const path = session.rest.of(serviceaccounts).path(session.namespace, name, 'token');
    const made = await session.rest
      .json<KubeObject & { status?: { token?: string } }>({ method: 'POST', path, body })
      .catch((cause: Error) => {
        throw new Error(`failed to create token: ${cause.message}`, { cause });
      });
    const token = made.status?.token;
    if (!token) throw new Error('failed to create token: no token in server response');
    if (output.format !== 'table') return printResult({ resource: tokenRequests, object: made }, '', output, session);
    process.stdout.write(process.stdout.isTTY ? `${token}\n` : token);
  },
};

function specOf(options: Options): object {
  const audiences = listOf(options, 'audience');
  const milliseconds = (options['duration'] as number | undefined) ?? 0;
  const [kind, name, uid] = ['Kind', 'Name', 'Uid'].map((part) => String(options[`boundObject${part}`]));
  if (milliseconds < 0) throw new Error('--duration must be greater than or equal to 0');
  if (milliseconds % 1000 !== 0) throw new Error('--duration cannot be expressed in units less than seconds');
  if (audiences.includes('')) throw new Error('--audience must not be an empty string');
  if (!kind && name) throw new Error('--bound-object-name can only be set if --bound-object-kind is provided');
  if (!kind && uid) throw new Error('--bound-object-uid can only be set if --bound-object-kind is provided');
  if (kind && !boundKinds.includes(kind))
    throw new Error(`supported --bound-object-kind values are ${boundKinds.join(', ')}`);
  if (kind && !name) throw new Error('--bound-object-name is required if --bound-object-kind is provided');
  return {
    audiences,
    ...(milliseconds > 0 && { expirationSeconds: milliseconds / 1000 }),
    ...(kind && { boundObjectRef: { kind, apiVersion: 'v1', name, ...(uid && { uid }) } }),
  };
}
