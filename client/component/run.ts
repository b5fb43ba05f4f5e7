/**
 * How every process starts and stops: flags, logger, `start`, then run until SIGTERM or SIGINT, then `close`. A second
 * signal ends it at once.
 *
 * A process that cannot start prints one line with the reason and exits 1. An error that nobody caught is logged and
 * ends the process: whoever supervises it starts it again from a known state.
 */
import { flushCompileCache } from 'node:module';
import { type FlagTable, type FlagValues, parseFlags } from './flags.ts';
import { type Closer, registerProcessMetrics } from './health.ts';
import { createLogger, type Logger } from './log.ts';

export interface Component<T extends FlagTable> {
  /** The real component's name, as it stands in help and logs: `kube-scheduler`. */
  name: string;
  /** One line for `--help`. */
  summary: string;
  flags: T;
  /** How long a clean stop may take before the process ends itself; ten seconds unless it says otherwise. */
  stopTimeoutMs?(flags: FlagValues<T>): number;
  /** Resolves once the process serves. */
  start(flags: FlagValues<T>, logger: Logger): Promise<Closer>;
}

const defaultStopTimeoutMs = 10_000;

/** Runs a component to its end. Call it once, last, in `main.ts`. */
export async function runComponent<T extends FlagTable>(component: Component<T>): Promise<void> {
  const { name } = component;
  const flags = parseFlags(name, component.summary, component.flags, process.argv.slice(2));
  const logger = await createLogger(name, flags['logging-format'] as string, flags.v as number);
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'Uncaught error');
    process.exit(1);
  });
  registerProcessMetrics();
  let running: Closer;
  try {
    running = await component.start(flags as FlagValues<T>, logger);
  } catch (error) {
    process.stderr.write(`${name}: cannot start: ${reasonOf(error)}\n`);
    process.exit(1);
  }
  logger.info({ pid: process.pid, startMs: Math.round(process.uptime() * 1000) }, 'Ready');
  // A process that is killed never writes its cache, so it is written as soon as everything is loaded.
  flushCompileCache();
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) {
      logger.error({ signal }, 'Told to stop again: not waiting any longer');
      process.exit(1);
    }
    stopping = true;
    logger.info({ signal }, 'Stopping');
    setTimeout(
      () => {
        logger.error('Did not stop in time');
        process.exit(1);
      },
      component.stopTimeoutMs?.(flags as FlagValues<T>) ?? defaultStopTimeoutMs,
    ).unref();
    running.close().then(
      () => process.exit(0),
      (error) => {
        logger.error({ err: error }, 'Stopped with an error');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** The first line of what went wrong, with what caused it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message.split('\n')[0]}${cause}`;
}
