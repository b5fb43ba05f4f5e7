/** `minikctl audit`: who did what in the cluster, from its audit log, the latest last. */
import { existsSync } from 'node:fs';
import type { AuditEvent } from '../../api/audit-event.ts';
import { parseDuration } from '../../client/component/flags.ts';
import { type AuditFilter, isWanted } from '../audit/filter.ts';
import { followLog, readLog } from '../audit/log-files.ts';
import { head, type RowOptions, row } from '../audit/row.ts';
import { auditTargets } from '../audit/targets.ts';
import { pathsOf } from '../cluster/layout.ts';
import { type CliCommand, type Options, oneOf } from '../command.ts';
import { ExitError, usageError } from '../errors.ts';
import { goJson } from '../go-json.ts';
import { toYaml } from '../output.ts';
import type { Session } from '../session.ts';
import { columns } from '../table.ts';

export const audit: CliCommand = {
  usage: '[TYPE[/NAME] ...] [--since 24h] [--user NAME] [--verb VERB] [-A] [-f]',
  options: [
    ['--since <duration>', 'Only what was asked for in the last 30m, 24h.'],
    ['--since-time <time>', 'Only what was asked for since this time (RFC 3339).'],
    ['--user <names>', 'Only what these users did, or others as these.', { repeatable: true }],
    ['--verb <verbs>', 'Only these verbs: create,update,patch,delete.', { repeatable: true }],
    ['--include-status', 'Also the reports of status, which components write all the time.'],
    ['-A, --all-namespaces', 'What concerns all namespaces, and none.'],
    ['-f, --follow', 'Go on with what comes.'],
    [
      '-o, --output <format>',
      'json or yaml for the whole events, wide for more columns.',
      { parse: oneOf('json', 'yaml', 'wide') },
    ],
    ['--no-headers', 'Leave the head of the table out.'],
    ['--file <path>', "The log to read; the cluster's when not given."],
  ],
  examples: `  # Who changed deploy/web since yesterday?
  minikctl audit deploy/web --since 24h
  # Who deleted something, anywhere?
  minikctl audit -A --verb delete,deletecollection`,
  async run(args, options, session) {
    const path = (options['file'] as string | undefined) ?? pathsOf(session.dataDir).auditLog;
    if (!existsSync(path)) throw new ExitError(`error: there is no audit log: ${path} does not exist`);
    const filter = await filterOf(args, options, session);
    const printer = printerOf(options, filter, session);
    let damaged = 0;
    const line = (text: string): void => {
      const event = parse(text);
      if (!event) damaged += 1;
      else if (isWanted(event, filter)) printer.add(event);
    };
    if (options['follow']) {
      const interrupted = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupted.abort());
      printer.stream();
      await followLog(path, filter.sinceMs, line, interrupted.signal);
    } else {
      await readLog(path, filter.sinceMs, line);
      await printer.end();
    }
    if (damaged > 0) session.warn(`Warning: ${damaged} lines of the log are no events`);
  },
};

function parse(text: string): AuditEvent | undefined {
  try {
    const event = JSON.parse(text) as AuditEvent | null;
    return event?.kind === 'Event' && typeof event.user === 'object' ? event : undefined;
  } catch {
    // A machine that went down has left a part of a line.
    return undefined;
  }
}

async function filterOf(args: string[], options: Options, session: Session): Promise<AuditFilter> {
  return {
    sinceMs: sinceOf(options),
    namespace: options['allNamespaces'] ? undefined : session.namespace,
    objects: await auditTargets(args, session),
    users: (options['user'] as string[] | undefined) ?? [],
    verbs: (options['verb'] as string[] | undefined) ?? [],
    status: options['includeStatus'] === true,
  };
}

function sinceOf(options: Options): number {
  const duration = options['since'] as string | undefined;
  const time = options['sinceTime'] as string | undefined;
  if (duration !== undefined && time !== undefined) {
    throw usageError('audit', 'at most one of `sinceTime` or `sinceSeconds` may be specified');
  }
  if (time !== undefined) {
    const at = Date.parse(time);
    if (Number.isNaN(at)) throw usageError('audit', `--since-time must be a time such as 2026-11-21T08:00:00Z`);
    return at;
  }
  if (duration === undefined) return 0;
  const ms = parseDuration(duration);
  if (ms === undefined) throw usageError('audit', '--since must be a duration such as 24h');
  return Date.now() - ms;
}

interface Printer {
  add(event: AuditEvent): void;
  /** From now on each event is printed at once. */
  stream(): void;
  /** Prints what has been added. */
  end(): Promise<void>;
}

function printerOf(options: Options, filter: AuditFilter, session: Session): Printer {
  const output = options['output'] as string | undefined;
  if (output === 'json' || output === 'yaml') return wholeEvents(output, session);
  const shown: RowOptions = { namespace: filter.namespace === undefined, wide: output === 'wide' };
  const rows: string[][] = options['headers'] === false ? [] : [head(shown)];
  const widths: number[] = [];
  let streaming = false;
  let events = 0;
  return {
    add(event) {
      events += 1;
      rows.push(row(event, shown));
      if (streaming) session.print(columns(rows.splice(0), widths));
    },
    stream() {
      streaming = true;
      if (rows.length > 0) session.print(columns(rows.splice(0), widths));
    },
    async end() {
      if (events > 0) session.print(columns(rows));
      else session.warn('No audit events found.');
    },
  };
}

function wholeEvents(format: 'json' | 'yaml', session: Session): Printer {
  const items: AuditEvent[] = [];
  const text = async (value: unknown): Promise<string> =>
    format === 'json' ? goJson(value, 4) : (await toYaml(value)).trimEnd();
  let streaming = false;
  return {
    add(event) {
      if (!streaming) items.push(event);
      else if (format === 'json') session.print(JSON.stringify(event));
      else void text(event).then((yaml) => session.print(`---\n${yaml}`));
    },
    stream() {
      streaming = true;
    },
    async end() {
      session.print(await text({ apiVersion: 'audit.k8s.io/v1', items, kind: 'EventList', metadata: {} }));
    },
  };
}
