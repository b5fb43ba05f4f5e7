/** The process's logger: pino, as JSON lines or as text for people. Constant messages, details as fields. */
import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** Writes to stderr, as Kubernetes' components do. Verbosity 4 and above turns debug lines on. */
export async function createLogger(component: string, format: string, verbosity: number): Promise<Logger> {
  const options = {
    base: { component },
    level: verbosity >= 4 ? 'debug' : 'info',
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  if (format === 'json') return pino(options, pino.destination({ fd: 2, sync: true }));
  // Loaded only where a person reads: it costs memory that a supervised process does not need.
  const { default: pretty } = await import('pino-pretty');
  return pino(options, pretty({ destination: 2, sync: true, ignore: 'pid,component', translateTime: 'HH:MM:ss.l' }));
}

/** A logger that writes nothing, for tables and tests. */
export const silentLogger = (): Logger => pino({ level: 'silent' });
