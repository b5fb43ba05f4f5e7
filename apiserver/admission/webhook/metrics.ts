/** The figures of webhooks, with Kubernetes' names and labels. Upstream: apiserver/pkg/admission/metrics/metrics.go */
import { Counter, Histogram } from 'prom-client';

/** What the webhook is for. */
export type HookType = 'admit' | 'validating';

export interface Outcome {
  name: string;
  type: HookType;
  operation: string;
  seconds: number;
  /** Of the answer: 200 for what was let through. */
  code: number;
  /** Why the request was refused; undefined when it was not. */
  refused?: 'calling_webhook_error' | 'apiserver_internal_error' | 'no_error';
}

const duration = new Histogram({
  name: 'apiserver_admission_webhook_admission_duration_seconds',
  help: 'Admission webhook latency histogram in seconds, identified by name and broken out for each operation and API resource and type (validate or admit).',
  labelNames: ['name', 'type', 'operation', 'rejected'],
  buckets: [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25],
});
const requests = new Counter({
  name: 'apiserver_admission_webhook_request_total',
  help: 'Admission webhook request total, identified by name and broken out for each admission type (validating or mutating) and operation. Additional labels specify whether the request was rejected or not and an HTTP status code.',
  labelNames: ['name', 'type', 'operation', 'code', 'rejected'],
});
const rejections = new Counter({
  name: 'apiserver_admission_webhook_rejection_count',
  help: 'Admission webhook rejection count, identified by name and broken out for each admission type (validating or admit) and operation.',
  labelNames: ['name', 'type', 'operation', 'error_type', 'rejection_code'],
});
const failOpen = new Counter({
  name: 'apiserver_admission_webhook_fail_open_count',
  help: 'Admission webhook fail open count, identified by name and broken out for each admission type (validating or mutating).',
  labelNames: ['name', 'type'],
});

/** Counts one call. */
export function observe({ name, type, operation, seconds, code, refused }: Outcome): void {
  const rejected = String(refused !== undefined);
  duration.observe({ name, type, operation, rejected }, seconds);
  requests.inc({ name, type, operation, code: String(Math.min(code, 600)), rejected });
  if (refused) {
    rejections.inc({ name, type, operation, error_type: refused, rejection_code: String(Math.min(code, 600)) });
  }
}

/** Counts a webhook that could not be asked, and was passed over. */
export const countFailOpen = (name: string, type: HookType): void => failOpen.inc({ name, type });
