/** The figures of auditing, with Kubernetes' names. Upstream: apiserver/pkg/audit/metrics.go */
import { Counter } from 'prom-client';
import type { Level } from '../../api/audit-event.ts';
import { CounterFamily } from '../../client/component/metric-series.ts';

export const eventTotal = new Counter({
  name: 'apiserver_audit_event_total',
  help: 'Counter of audit events generated and sent to the audit backend.',
});

/** Requests that were refused because their event could not be kept. */
export const rejected = new Counter({
  name: 'apiserver_audit_requests_rejected_total',
  help: 'Counter of apiserver requests rejected due to an error in audit logging backend.',
});

const errorTotal = new Counter({
  name: 'apiserver_audit_error_total',
  help: 'Counter of audit events that failed to be audited properly. Plugin identifies the plugin affected by the error.',
  labelNames: ['plugin'],
});

const levelTotal = new CounterFamily({
  name: 'apiserver_audit_level_total',
  help: 'Counter of policy levels for audit events (1 per request).',
});

/** Counts events that a backend has lost. */
export const countErrors = (plugin: string, events: number): void => errorTotal.inc({ plugin }, events);

export const countLevel = (level: Level): void => levelTotal.at(level, () => ({ level })).inc();
