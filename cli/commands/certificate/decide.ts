/** `minikctl certificate approve` and `deny`. Upstream: kubectl/pkg/cmd/certificates/certificates.go */
import { ApiError } from '../../../api/errors.ts';
import { certificatesigningrequests } from '../../../api/kinds/certificatesigningrequests.ts';
import { rfc3339 } from '../../../api/meta.ts';
import type { CertificateSigningRequest } from '../../../api/types.ts';
import type { CliCommand } from '../../command.ts';
import { throwIfAny } from '../../errors.ts';
import { filenameOptions, readManifests } from '../../manifests.ts';
import { parseOutput } from '../../output.ts';
import { printResult, resultOutputOption } from '../../print-result.ts';
import type { Session } from '../../session.ts';

interface Decision {
  type: 'Approved' | 'Denied';
  reason: string;
  message: string;
  /** What the command says that it has done. */
  done: string;
}

const opposite = { Approved: 'Denied', Denied: 'Approved' } as const;
/** Somebody else may change the request at the same time. */
const maxAttempts = 10;

const deciding = (decision: Decision): CliCommand => ({
  usage: '(-f FILE | NAME...)',
  options: [...filenameOptions, resultOutputOption, ['--force', 'Also where the decision has been made already.']],
  async run(args, options, session) {
    const files = (options['filename'] as string[] | undefined) ?? [];
    if (args.length === 0 && files.length === 0)
      throw new Error('one or more CSRs must be specified as <name> or -f <filename>');
    const output = parseOutput(String(options['output']));
    const manifests = await readManifests(files, options['recursive'] === true, 'Ignore', () => undefined);
    const errors: unknown[] = [];
    for (const name of [...args, ...manifests.map(({ object }) => object.metadata.name ?? '')]) {
      try {
        const object = await decide(name, decision, options['force'] === true, session);
        await printResult({ resource: certificatesigningrequests, object }, decision.done, output, session);
      } catch (error) {
        errors.push(error);
      }
    }
    throwIfAny(errors);
  },
});

async function decide(
  name: string,
  { type, reason, message }: Decision,
  force: boolean,
  { rest }: Session,
): Promise<CertificateSigningRequest> {
  const api = rest.of(certificatesigningrequests);
  for (let attempt = 1; ; attempt += 1) {
    const request = await api.get(name);
    const conditions = request.status?.conditions ?? [];
    if (conditions.some((condition) => condition.type === opposite[type]))
      throw new Error(`certificate signing request "${name}" is already ${opposite[type]}`);
    if (conditions.some((condition) => condition.type === type) && !force) return request;
    const now = rfc3339();
    const decided = { type, status: 'True', reason, message, lastUpdateTime: now, lastTransitionTime: now };
    const others = conditions.filter((condition) => condition.type !== type);
    const body = { ...request, status: { ...request.status, conditions: [...others, decided] } };
    try {
      return await rest.json({ method: 'PUT', path: api.path(undefined, name, 'approval'), body });
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === 'Conflict') || attempt === maxAttempts) throw error;
    }
  }
}

export const approve = deciding({
  type: 'Approved',
  reason: 'MinikctlApprove',
  message: 'This CSR was approved by minikctl certificate approve.',
  done: 'approved',
});

export const deny = deciding({
  type: 'Denied',
  reason: 'MinikctlDeny',
  message: 'This CSR was denied by minikctl certificate deny.',
  done: 'denied',
});
