/** `minikctl auth can-i`. Upstream: kubectl/pkg/cmd/auth/cani.go */
import { selfsubjectaccessreviews } from '../../../api/kinds/selfsubjectaccessreviews.ts';
import { selfsubjectrulesreviews } from '../../../api/kinds/selfsubjectrulesreviews.ts';
import type { PolicyRule, SelfSubjectAccessReview } from '../../../api/types.ts';
import { accessColumns, accessRows } from '../../access-list.ts';
import type { CliCommand, Options } from '../../command.ts';
import { ExitError } from '../../errors.ts';
import type { Session } from '../../session.ts';
import { columns } from '../../table.ts';

const resourceVerbs =
  'get list watch create update patch delete deletecollection use bind impersonate * approve sign escalate attest'.split(
    ' ',
  );
const urlVerbs = 'get put post head options delete patch *'.split(' ');
/** Not in discovery: whom one can act as. */
const undiscovered = ['users', 'groups'];

export const canI: CliCommand = {
  usage: '(VERB (TYPE[/NAME] | URL) | --list)',
  options: [
    ['-A, --all-namespaces', 'In all namespaces.'],
    ['-q, --quiet', 'Print nothing; the exit code tells.'],
    ['--subresource <name>', 'Of this subresource: log, scale.', { default: '' }],
    ['--list', 'Print everything that is allowed.'],
    ['--no-headers', 'With --list: leave the head out.'],
  ],
  examples: `  minikctl auth can-i create deployments -n prod
  minikctl auth can-i get pods --subresource=log
  minikctl auth can-i list pods --as system:serviceaccount:prod:ci -n dev
  minikctl auth can-i --list -n dev`,
  async run(args, options, session) {
    if (options['list']) return list(args, options, session);
    const [verb = '', what = ''] = args;
    if (args.length !== 2)
      throw new Error(
        'you must specify two arguments: verb resource or verb resource/resourceName.\n' +
          "See 'minikctl auth can-i -h' for help and examples.",
      );
    const spec = what.startsWith('/')
      ? urlAccess(verb, what, options, session)
      : await resourceAccess(verb, what, options, session);
    if (options['headers'] === false) throw new Error('--no-headers cannot be set without --list specified');
    const { status } = await session.rest.of(selfsubjectaccessreviews).create({ metadata: {}, spec });
    const { allowed, reason, evaluationError } = status!;
    const answer = allowed ? 'yes' : ['no', reason, evaluationError].filter(Boolean).join(' - ');
    if (!options['quiet']) session.print(answer);
    if (!allowed) throw new ExitError('');
  },
};

type Access = SelfSubjectAccessReview['spec'];

/** kubectl leaves a line free behind these. */
const warn = (session: Session, text: string): void => session.warn(`Warning: ${text}\n`);

const warnOfVerb = (verb: string, known: string[], session: Session): void => {
  if (!known.includes(verb)) warn(session, `verb '${verb}' is not a known verb`);
};

function urlAccess(verb: string, path: string, options: Options, session: Session): Access {
  if (options['subresource']) throw new Error('--subresource can not be used with NonResourceURL');
  warnOfVerb(verb, urlVerbs, session);
  return { nonResourceAttributes: { verb, path } };
}

async function resourceAccess(verb: string, what: string, options: Options, session: Session): Promise<Access> {
  const [, type = '', name = ''] = /^([^/]*)\/?(.*)$/s.exec(what) ?? [];
  const found = type === '*' ? undefined : (await session.resources()).lookup(type);
  const { plural, group } = found ?? { plural: type, group: '' };
  if (!found && type !== '*') warnOfType(type.toLowerCase(), session);
  const everywhere = options['allNamespaces'] === true;
  if (found && !found.namespaced && !everywhere) {
    const where = group ? ` in group '${group}'` : '';
    warn(session, `resource '${plural}' is not namespace scoped${where}`);
  }
  if (!everywhere || !found) warnOfVerb(verb, resourceVerbs, session);
  const namespace = everywhere ? '' : session.namespace;
  const subresource = String(options['subresource']);
  return { resourceAttributes: { namespace, verb, group, resource: plural, subresource, name } };
}

function warnOfType(type: string, session: Session): void {
  if (undiscovered.includes(type)) return;
  const [, resource, group] = /^([^.]*)\.?(.*)$/s.exec(type)!;
  warn(session, `the server doesn't have a resource type '${resource}'${group ? ` in group '${group}'` : ''}`);
}

async function list(args: string[], options: Options, session: Session): Promise<void> {
  if (args.length > 0) throw new Error('list option must be specified with no arguments');
  if (options['quiet'] || options['allNamespaces'] || options['subresource'])
    throw new Error("list option can't be specified with neither quiet, all-namespaces nor subresource options");
  const { namespace } = session;
  const { status } = await session.rest.of(selfsubjectrulesreviews).create({ metadata: {}, spec: { namespace } });
  const { incomplete, evaluationError = '', resourceRules, nonResourceRules } = status!;
  if (incomplete) warn(session, `the list may be incomplete: ${evaluationError}`);
  const rows = accessRows([...resourceRules, ...nonResourceRules] as PolicyRule[]);
  const lines = options['headers'] === false ? rows : [accessColumns, ...rows];
  if (lines.length > 0) session.print(columns(lines));
}
