/**
 * `minikctl events`: what happened, the latest last.
 * Upstream: kubectl/pkg/cmd/events. Left out: watching, other output.
 */
import { events as eventKind } from '../../api/kinds/events.ts';
import type { Event } from '../../api/types.ts';
import { type CliCommand, oneOf } from '../command.ts';
import { ageOf, lastSeen } from '../describe/events.ts';
import { usageError } from '../errors.ts';
import type { Session } from '../session.ts';
import { columns } from '../table.ts';
import { parseTargets } from '../targets.ts';

export const events: CliCommand = {
  usage: '[--for TYPE/NAME] [--types Normal|Warning] [-A]',
  options: [
    ['--for <object>', 'Only events about this object: pod/web.'],
    ['--types <type>', 'Only events of this type.', { parse: oneOf('Normal', 'Warning') }],
    ['-A, --all-namespaces', 'Events of all namespaces.'],
    ['--no-headers', 'Leave the head of the table out.'],
  ],
  async run(args, options, session) {
    if (args.length > 0) throw usageError('events', `unexpected arguments: [${args.join(' ')}]`);
    const everywhere = options['allNamespaces'] === true;
    const namespace = everywhere ? undefined : session.namespace;
    const fieldSelector = await fieldsOf(options['for'] as string | undefined, options['types'] as string, session);
    const { items } = await session.rest.of(eventKind).list({ namespace, fieldSelector });
    if (items.length === 0) {
      session.warn(everywhere ? 'No events found.' : `No events found in ${namespace} namespace.`);
      return;
    }
    const now = Date.now();
    const rows = items.sort((a, b) => lastSeen(a) - lastSeen(b)).map((event) => row(event, now));
    const table = options['headers'] === false ? rows : [head, ...rows];
    session.print(columns(everywhere ? table : table.map((cells) => cells.slice(1))));
  },
};

const head = ['NAMESPACE', 'LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'];

const row = (event: Event, now: number): string[] => [
  event.metadata.namespace ?? '',
  ageOf(event, now),
  event.type ?? '',
  event.reason ?? '',
  `${event.involvedObject.kind}/${event.involvedObject.name}`,
  (event.message ?? '').trim(),
];

async function fieldsOf(object: string | undefined, type: string | undefined, session: Session): Promise<string> {
  const [target] = object ? parseTargets([object], await session.resources()) : [];
  if (target && target.name === undefined) throw new Error('--for must be in resource/name form');
  return [
    ...(target ? [`involvedObject.kind=${target.resource.kind}`, `involvedObject.name=${target.name}`] : []),
    ...(type ? [`type=${type}`] : []),
  ].join(',');
}
