/** The events of an audit log, of all its files. */
import type { AuditEvent, Stage } from '../../api/audit-event.ts';
import { readLog } from '../../cli/audit/log-files.ts';

export class AuditLog {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** All of them, in the order of the log. Fails for a line that is none. */
  async events(): Promise<AuditEvent[]> {
    const events: AuditEvent[] = [];
    await readLog(this.path, 0, (line) => events.push(JSON.parse(line) as AuditEvent));
    return events;
  }

  /** Those of one request, which an answer names. */
  async of(auditId: unknown): Promise<AuditEvent[]> {
    return (await this.events()).filter(({ auditID }) => auditID === auditId);
  }

  /** Those at a stage that a test asks for. */
  async at(stage: Stage, wanted: (event: AuditEvent) => boolean): Promise<AuditEvent[]> {
    return (await this.events()).filter((event) => event.stage === stage && wanted(event));
  }
}
