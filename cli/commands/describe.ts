/**
 * `minikctl describe`: an object in detail, with its events.
 * Upstream: kubectl/pkg/cmd/describe
 */
import { ApiError } from '../../api/errors.ts';
import { apiVersionOf } from '../../api/kind.ts';
import type { KubeObject, List } from '../../api/types.ts';
import { type CliCommand, type Options, oneOf } from '../command.ts';
import { describerOf } from '../describe/describers.ts';
import { eventsOf } from '../describe/events.ts';
import { Description } from '../describe/writer.ts';
import { ExitError, throwIfAny } from '../errors.ts';
import { listOf } from '../read.ts';
import { type Selected, selectObjects, selectOptions } from '../select.ts';
import type { Session } from '../session.ts';

export const describe: CliCommand = {
  usage: '(-f FILE | TYPE [NAME_PREFIX | -l LABELS] | TYPE/NAME)',
  options: [
    ...selectOptions,
    ['--show-events [bool]', 'Print the events about the object.', { default: 'true', parse: oneOf('true', 'false') }],
  ],
  async run(args, options, session) {
    if (args.length === 0 && !options['filename'])
      throw new ExitError(
        'error: You must specify the type of resource to describe. ' +
          'Use "minikctl api-resources" for a complete list of supported resources.',
      );
    // A type alone means all of its objects.
    const all = args.length === 1 && !args[0]!.includes('/');
    const selected = await selectObjects(args, { ...options, ...(all && { all: true }) }, session);
    if (selected.length === 0) session.warn(`No resources found${all ? ` in ${session.namespace} namespace.` : ''}`);
    const errors: unknown[] = [];
    let printed = 0;
    for (const one of selected) {
      try {
        const { exact, objects } = await objectsOf(one, session);
        for (const object of objects) {
          if (exact && printed++ > 0) session.print('\n');
          process.stdout.write(await describeOne(one, object, options, session));
          // Objects that were only guessed at are each followed by a line, as kubectl does it.
          if (!exact) session.print('');
        }
      } catch (error) {
        errors.push(error);
      }
    }
    throwIfAny(errors);
  },
};

/** The object of that name; when there is none, those whose names begin with it. */
async function objectsOf(
  { resource, namespace, name, object }: Selected,
  session: Session,
): Promise<{ exact: boolean; objects: KubeObject[] }> {
  if (object) return { exact: true, objects: [object] };
  try {
    return { exact: true, objects: [await session.rest.of(resource).get(name, namespace)] };
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 404) throw error;
    const { items } = await listOf<List>(session.rest, resource, { namespace }, 'object');
    const alike = items.filter(({ metadata }) => metadata.name?.startsWith(name));
    if (alike.length === 0) throw error;
    return { exact: false, objects: alike };
  }
}

async function describeOne(one: Selected, found: KubeObject, options: Options, session: Session): Promise<string> {
  const object = { apiVersion: apiVersionOf(one.resource), kind: one.resource.kind, ...found };
  const out = new Description();
  const shown = String(options['showEvents']) !== 'false';
  await describerOf(one.resource)(object, out, {
    rest: session.rest,
    now: Date.now(),
    events: async () => (shown ? eventsOf(session.rest, object) : undefined),
  });
  return out.toString();
}
