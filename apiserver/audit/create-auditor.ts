/**
 * Auditing as the flags ask for it. Loaded only where there is a policy.
 *
 * Upstream: apiserver/pkg/server/options/audit.go
 */
import { readFileSync } from 'node:fs';
import type { Logger } from '../../client/component/log.ts';
import { Auditor } from './auditor.ts';
import { type Backend, sinkOf } from './backend.ts';
import type { AuditFlags } from './flags.ts';
import { logBackend, standardOutput } from './log-backend.ts';
import { LogFile } from './log-file.ts';
import { countErrors } from './metrics.ts';
import { readPolicy } from './read-policy.ts';
import { truncate } from './truncate.ts';

/** What lumberjack takes when nothing is said. */
const defaultMegabytes = 100;
const megabyte = 1024 * 1024;

export interface Auditing {
  auditor: Auditor;
  /** Call it last: resolves when every event is where it belongs. */
  close(): Promise<void>;
}

/** Throws for a policy that is wrong, or a log that cannot be written. Undefined where the flags name nowhere to write to. */
export async function createAuditing(flags: AuditFlags, logger: Logger): Promise<Auditing | undefined> {
  check(flags);
  const file = flags['audit-policy-file']!;
  const policy = withContext(`loading audit policy file ${file}`, () =>
    readPolicy(readFileSync(file, 'utf8'), (message) => logger.warn({ file, message }, 'Audit policy')),
  );
  const backends: Backend[] = [];
  if (flags['audit-log-path']) backends.push(logOf(flags, flags['audit-log-path'], logger));
  if (flags['audit-webhook-config-file']) {
    const { webhookBackend } = await import('./webhook-backend.ts');
    backends.push(truncating(flags, 'webhook', webhookBackend(flags, logger), logger));
  }
  if (backends.length === 0) {
    logger.warn('There is an audit policy, but neither --audit-log-path nor --audit-webhook-config-file');
    return undefined;
  }
  return {
    auditor: new Auditor(policy, sinkOf(backends)),
    async close() {
      await Promise.all(backends.map((backend) => backend.close()));
    },
  };
}

function logOf(flags: AuditFlags, path: string, logger: Logger): Backend {
  const lines =
    path === '-'
      ? standardOutput
      : withContext('--audit-log-path', () => {
          return new LogFile({
            path,
            maxBytes: (flags['audit-log-maxsize'] || defaultMegabytes) * megabyte,
            maxAgeDays: flags['audit-log-maxage'],
            maxBackups: flags['audit-log-maxbackup'],
            compress: flags['audit-log-compress'],
            onError: (error) => logger.error({ err: error }, 'Cannot tidy up the audit logs'),
          });
        });
  const backend = logBackend({
    lines,
    mode: flags['audit-log-mode'] as 'batch',
    buffer: {
      bufferSize: flags['audit-log-batch-buffer-size'],
      maxBatchSize: flags['audit-log-batch-max-size'],
      maxBatchWaitMs: flags['audit-log-batch-max-wait'],
      throttleQps: undefined,
      throttleBurst: 0,
    },
    logger,
  });
  return truncating(flags, 'log', backend, logger);
}

/** The backend, without large bodies where the flags ask for that. */
function truncating(flags: AuditFlags, plugin: 'log' | 'webhook', backend: Backend, logger: Logger): Backend {
  if (!flags[`audit-${plugin}-truncate-enabled`]) return backend;
  const maxBytes = flags[`audit-${plugin}-truncate-max-event-size`];
  return {
    take(event, json) {
      const small = truncate(event, json, maxBytes);
      if (small !== undefined) return backend.take(event, small);
      countErrors(plugin, 1);
      logger.error({ plugin, auditID: event.auditID }, 'An audit event is too large even without its bodies');
      return true;
    },
    close: () => backend.close(),
  };
}

/** Throws for numbers that make no sense. */
function check(flags: AuditFlags): void {
  for (const name of ['audit-log-maxage', 'audit-log-maxbackup', 'audit-log-maxsize'] as const) {
    if (flags[name] < 0) throw new Error(`--${name} ${flags[name]} can't be a negative number`);
  }
  for (const plugin of ['log', 'webhook'] as const) {
    const positive = [
      `audit-${plugin}-batch-buffer-size`,
      `audit-${plugin}-batch-max-size`,
      `audit-${plugin}-truncate-max-event-size`,
    ] as const;
    for (const name of positive) if (flags[name] <= 0) throw new Error(`--${name} must be a positive number`);
  }
  for (const name of ['audit-webhook-batch-throttle-qps', 'audit-webhook-batch-throttle-burst'] as const) {
    if (flags[name] <= 0) throw new Error(`--${name} must be a positive number`);
  }
}

function withContext<T>(context: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new Error(`${context}: ${(error as Error).message}`);
  }
}
