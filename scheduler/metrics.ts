/** What the scheduler counts. Upstream: pkg/scheduler/metrics/metrics.go */
import { Counter, Gauge, Histogram } from 'prom-client';
import type { SchedulingQueue } from './queue.ts';
import { defaultSchedulerName } from './watch-cluster.ts';

export type AttemptResult = 'scheduled' | 'unschedulable' | 'error';

const labelNames = ['result', 'profile'];

const attempts = new Counter({
  name: 'scheduler_schedule_attempts_total',
  help: "Number of attempts to schedule pods, by the result. 'unschedulable' means a pod could not be scheduled, while 'error' means an internal scheduler problem.",
  labelNames,
});

const durations = new Histogram({
  name: 'scheduler_scheduling_attempt_duration_seconds',
  help: 'Scheduling attempt latency in seconds (scheduling algorithm + binding)',
  labelNames,
  buckets: Array.from({ length: 15 }, (_, i) => 0.001 * 2 ** i),
});

/** One attempt that took `seconds`, from taking the pod to the end of its binding. */
export function countAttempt(result: AttemptResult, seconds: number): void {
  const labels = { result, profile: defaultSchedulerName };
  attempts.inc(labels);
  durations.observe(labels, seconds);
}

/** Shows the queue's lengths, read when asked for. */
export function showPending(queue: SchedulingQueue): void {
  new Gauge({
    name: 'scheduler_pending_pods',
    help: 'Number of pending pods, by the queue type.',
    labelNames: ['queue'],
    collect() {
      for (const [name, length] of Object.entries(queue.lengths)) this.set({ queue: name }, length);
    },
  });
}
