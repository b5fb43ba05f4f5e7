/**
 * `minikctl delete`: deletes objects and waits until they are gone.
 * Upstream: kubectl/pkg/cmd/delete. Left out: dry runs, --raw, --interactive.
 */
import { ApiError } from '../../api/errors.ts';
import type { KubeObject, Status } from '../../api/types.ts';
import { parseDuration } from '../../client/component/flags.ts';
import type { DeleteOptions } from '../../client/rest.ts';
import { type CliCommand, integer, type Options, oneOf } from '../command.ts';
import { ExitError, throwIfAny, whileDoing } from '../errors.ts';
import { nothingSelected, type Selected, selectObjects, selectOptions } from '../select.ts';
import type { Session } from '../session.ts';
import { waitFor, weekMs } from '../wait-for.ts';

const forceWarning =
  'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. ' +
  'The resource may continue to run on the cluster indefinitely.';

const policies = { background: 'Background', foreground: 'Foreground', orphan: 'Orphan' } as const;

export const del: CliCommand = {
  usage: '([-f FILE] | TYPE [NAME... | -l LABELS | --all] | TYPE/NAME...)',
  options: [
    ...selectOptions,
    [
      '--grace-period <seconds>',
      'Time to stop in; below zero: as the object says.',
      { default: '-1', parse: integer(-1) },
    ],
    ['--force', 'Delete at once, without waiting for what runs; with --grace-period=0.'],
    ['--now', 'Stop within a second.'],
    ['--cascade [policy]', 'What it owns: background, orphan, foreground.', { default: 'background', parse: cascade }],
    ['--wait [bool]', 'Return once the objects are gone.', { default: 'true', parse: oneOf('true', 'false') }],
    ['--timeout <duration>', 'How long to wait; 0 as long as it takes.', { default: '0' }],
    ['--ignore-not-found', 'An object that does not exist is no error.'],
    ['-o, --output <format>', 'name: print only names.', { parse: oneOf('name') }],
  ],
  async run(args, options, session) {
    if (args.length === 0 && !options['filename']) throw new ExitError(nothingSelected);
    const graceSeconds = gracePeriodOf(options);
    if (options['force'] && graceSeconds === 0) session.warn(forceWarning);
    const timeoutMs = parseDuration(String(options['timeout']));
    if (timeoutMs === undefined) throw new Error(`invalid argument "${options['timeout']}" for "--timeout" flag`);
    const request: DeleteOptions = {
      propagationPolicy: policies[options['cascade'] as keyof typeof policies],
      ...(graceSeconds >= 0 && { gracePeriodSeconds: graceSeconds }),
    };
    const selected = await selectObjects(args, options, session);
    const errors: unknown[] = [];
    const deleted: { one: Selected; uid: string | undefined }[] = [];
    for (const one of selected) {
      try {
        const answer = await session.rest.of(one.resource).delete(one.name, one.namespace, request);
        deleted.push({ one, uid: uidOf(answer) });
        session.print(resultLine(one, graceSeconds === 0, options['output'] === 'name'));
      } catch (error) {
        if (options['ignoreNotFound'] && error instanceof ApiError && error.code === 404) continue;
        errors.push(one.source ? whileDoing('deleting', one.source, error) : error);
      }
    }
    if (selected.length === 0) session.print('No resources found');
    if (options['wait'] !== 'false')
      for (const { one, uid } of deleted) await untilGone(one, uid, timeoutMs || weekMs, session);
    throwIfAny(errors);
  },
};

/** `--cascade` alone means background, as it did when it was a yes-or-no flag. */
function cascade(text: string): string {
  if (text === 'true') return 'background';
  if (text === 'false') return 'orphan';
  return oneOf(...Object.keys(policies))(text);
}

function gracePeriodOf(options: Options): number {
  const given = Number(options['gracePeriod']);
  if (options['now'] && given !== -1) throw new Error('--now and --grace-period cannot be specified together');
  if (options['now']) return 1;
  if (options['force'] && given > 0)
    throw new Error('--force and --grace-period greater than 0 cannot be specified together');
  if (options['force']) return 0;
  // Without --force kubectl never asks for zero: one second still lets the kubelet stop what runs.
  return given === 0 ? 1 : given;
}

function resultLine({ resource, name }: Selected, forced: boolean, nameOnly: boolean): string {
  const kind = resource.kind.toLowerCase() + (resource.group ? `.${resource.group}` : '');
  return nameOnly ? `${kind}/${name}` : `${kind} "${name}" ${forced ? 'force deleted' : 'deleted'}`;
}

const uidOf = (answer: KubeObject | Status): string | undefined =>
  'details' in answer
    ? (answer as Status & { details?: { uid?: string } }).details?.uid
    : (answer as KubeObject).metadata.uid;

/** Gone, or another object under the same name. */
async function untilGone(one: Selected, uid: string | undefined, timeoutMs: number, session: Session): Promise<void> {
  const gone = (object: KubeObject | undefined): true | undefined =>
    !object || (uid !== undefined && object.metadata.uid !== uid) ? true : undefined;
  try {
    const object = await session.rest.of(one.resource).get(one.name, one.namespace);
    if (gone(object)) return;
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return;
    throw error;
  }
  await waitFor(session.rest, one, gone, timeoutMs);
}
