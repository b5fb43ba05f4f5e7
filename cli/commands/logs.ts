/**
 * `minikctl logs`: what a pod's containers have written.
 * Upstream: kubectl/pkg/cmd/logs, kubectl/pkg/polymorphichelpers/logsforobject.go
 */
import { pipeline } from 'node:stream/promises';
import { ApiError } from '../../api/errors.ts';
import { pods } from '../../api/kinds/pods.ts';
import type { Pod } from '../../api/types.ts';
import { parseDuration } from '../../client/component/flags.ts';
import { type CliCommand, integer, type Options } from '../command.ts';
import { throwIfAny, usageError } from '../errors.ts';
import { containersOf, findContainer, findPod } from '../pods-of.ts';
import type { Session } from '../session.ts';

/** Lines of each pod when a selector finds several. */
const tailWithSelector = 10;

export const logs: CliCommand = {
  usage: '[-f] [-p] (POD | TYPE/NAME | -l LABELS) [-c CONTAINER]',
  options: [
    ['-c, --container <name>', 'The container, if the pod has several.'],
    ['--all-containers', 'All containers of the pod.'],
    ['-f, --follow', 'Go on printing what comes.'],
    ['-p, --previous', 'The log of the container before its last restart.'],
    ['--tail <lines>', 'Only the last lines; -1 for all.', { parse: integer(-1) }],
    ['--since <duration>', 'Only what is newer: 5s, 2m, 3h.', { parse: duration }],
    ['--since-time <time>', 'Only what is newer than this RFC 3339 time.'],
    ['--timestamps', 'Begin each line with its time.'],
    ['--limit-bytes <bytes>', 'Print no more than this.', { parse: integer(1) }],
    ['-l, --selector <labels>', 'The logs of all pods with these labels.'],
    ['--prefix', 'Begin each line with its pod and container.'],
  ],
  async run(args, options, session) {
    const selector = options['selector'] as string | undefined;
    if (args.length === 0 && !selector)
      throw usageError(
        'logs',
        "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
      );
    if (args.length > 0 && selector) throw usageError('logs', 'only a selector (-l) or a POD name is allowed');
    const [name = '', container] = args;
    if (args.length > 2) throw usageError('logs', "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.");
    const found = selector ? await podsWith(selector, session) : [await podNamed(name, session)];
    if (found.length === 0) session.warn(`No resources found in ${session.namespace} namespace.`);
    const wanted = (options['container'] as string | undefined) ?? container;
    const sources = found.flatMap((pod) =>
      (options['allContainers'] ? containersOf(pod).map((c) => c.name) : [findContainer(pod, wanted, session)]).map(
        (one) => ({ pod, container: one }),
      ),
    );
    const query = queryOf(options, selector !== undefined);
    const errors: unknown[] = [];
    const print = (source: Source): Promise<void> =>
      printLog(source, query, options['prefix'] === true, session).catch((error: unknown) => void errors.push(error));
    if (options['follow']) await Promise.all(sources.map(print));
    else for (const source of sources) await print(source);
    throwIfAny(errors);
  },
};

interface Source {
  pod: Pod;
  container: string;
}

function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < 1000) throw new Error('must be a duration of at least a second, such as 30s');
  return ms;
}

/** The pod; of all commands this one has its own words for one that is not there. */
async function podNamed(name: string, session: Session): Promise<Pod> {
  try {
    return await findPod(name, session);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 404) throw error;
    throw new Error(`error from server (${error.reason}): ${error.message} in namespace "${session.namespace}"`);
  }
}

async function podsWith(labelSelector: string, session: Session): Promise<Pod[]> {
  const { namespace } = session;
  return (await session.rest.of(pods).list({ namespace, labelSelector })).items;
}

type Query = Record<string, string | number | boolean | undefined>;

function queryOf(options: Options, bySelector: boolean): Query {
  const since = options['since'] as number | undefined;
  if (since && options['sinceTime']) throw new Error('at most one of `sinceTime` or `sinceSeconds` may be specified');
  const tail = (options['tail'] as number | undefined) ?? (bySelector ? tailWithSelector : -1);
  return {
    follow: options['follow'] === true || undefined,
    previous: options['previous'] === true || undefined,
    timestamps: options['timestamps'] === true || undefined,
    tailLines: tail < 0 ? undefined : tail,
    sinceSeconds: since && Math.ceil(since / 1000),
    sinceTime: options['sinceTime'] as string | undefined,
    limitBytes: options['limitBytes'] as number | undefined,
  };
}

async function printLog({ pod, container }: Source, query: Query, prefix: boolean, session: Session): Promise<void> {
  const { name, namespace } = pod.metadata;
  const path = session.rest.of(pods).path(namespace, name, 'log');
  const stream = await session.rest.stream({ path, query: { ...query, container }, accept: '*/*' });
  if (!prefix) return pipeline(stream, process.stdout, { end: false });
  const { createInterface } = await import('node:readline');
  for await (const line of createInterface({ input: stream })) session.print(`[pod/${name}/${container}] ${line}`);
}
