/**
 * The figures of flow control, with Kubernetes' names. What is only counted is counted in plain numbers, and copied when
 * somebody asks: the step must cost next to nothing.
 *
 * Upstream: apiserver/pkg/util/flowcontrol/metrics, pkg/endpoints/metrics (current_inflight_requests). Left out: ratios over
 * time, and what lending seats would tell.
 */
import { Counter, Gauge, Histogram } from 'prom-client';
import { HistogramFamily, type HistogramSeries } from '../../client/component/metric-series.ts';
import type { RequestKind } from './flow-control.ts';
import type { Refusal } from './queue-set.ts';

/** Requests being worked on. */
export const inflight: Record<RequestKind, number> = { readOnly: 0, mutating: 0 };
/** Requests that wait for their turn. */
export const inqueue: Record<RequestKind, number> = { readOnly: 0, mutating: 0 };

/** What is counted for the requests of one FlowSchema at one priority level. */
export interface FlowFigures {
  level: string;
  schema: string;
  dispatched: number;
  executing: number;
  seats: number;
  waiting: number;
  waitingSeats: number;
  rejected: Partial<Record<Refusal, number>>;
  /** How long requests were worked on; each series is there once it counts something. */
  execution: Partial<Record<'regular' | 'watch', HistogramSeries>>;
}

export const newFigures = (level: string, schema: string): FlowFigures => ({
  level,
  schema,
  dispatched: 0,
  executing: 0,
  seats: 0,
  waiting: 0,
  waitingSeats: 0,
  rejected: {},
  execution: {},
});

const labelNames = ['priority_level', 'flow_schema'] as const;
const durationBuckets = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];

export const waitDuration = new Histogram({
  name: 'apiserver_flowcontrol_request_wait_duration_seconds',
  help: 'Length of time a request spent waiting in its queue',
  labelNames: [...labelNames, 'execute'],
  buckets: durationBuckets,
});
const executionDuration = new HistogramFamily({
  name: 'apiserver_flowcontrol_request_execution_seconds',
  help: 'Duration of the initial stage of a watch, or of all of another request',
  buckets: durationBuckets,
});

/** Counts a request that has been worked on for so long. */
export function observeExecution({ level, schema, execution }: FlowFigures, isWatch: boolean, seconds: number): void {
  const type = isWatch ? 'watch' : 'regular';
  execution[type] ??= executionDuration.at(`${level} ${schema} ${type}`, () => ({
    priority_level: level,
    flow_schema: schema,
    type,
  }));
  execution[type].observe(seconds);
}

export const queueLength = new Histogram({
  name: 'apiserver_flowcontrol_request_queue_length_after_enqueue',
  help: 'Requests waiting at the priority level, as seen by each request that begins to wait',
  labelNames,
  buckets: [0, 10, 25, 50, 100, 250, 500, 1000],
});
export const estimatedSeats = new Histogram({
  name: 'apiserver_flowcontrol_work_estimated_seats',
  help: 'Number of estimated seats of requests that take more than one',
  labelNames,
  buckets: [1, 2, 4, 10],
});

for (const [name, help, kinds] of [
  ['apiserver_current_inflight_requests', 'Number of requests being worked on, by request kind.', inflight],
  ['apiserver_current_inqueue_requests', 'Number of requests waiting for their turn, by request kind.', inqueue],
] as const) {
  new Gauge({
    name,
    help,
    labelNames: ['request_kind'],
    collect() {
      for (const [kind, count] of Object.entries(kinds)) this.set({ request_kind: kind }, count);
    },
  });
}

/** Figures and limits as they are when somebody asks. */
export interface Figures {
  /** Of all FlowSchemas that have had a request. */
  flows(): Iterable<FlowFigures>;
  levels(): Iterable<{ name: string; seats: number; demand: number }>;
}

/** Registers what is copied from the figures. Once a process. */
export function registerFlowMetrics(figures: Figures): void {
  const labels = ({ level, schema }: FlowFigures) => ({ priority_level: level, flow_schema: schema });
  const gauges: [string, string, (flow: FlowFigures) => number][] = [
    ['current_inqueue_requests', 'Number of requests currently pending in queues', (flow) => flow.waiting],
    ['current_inqueue_seats', 'Number of seats currently pending in queues', (flow) => flow.waitingSeats],
    ['current_executing_requests', 'Number of requests being executed', (flow) => flow.executing],
    ['current_executing_seats', 'Number of seats occupied by executing requests', (flow) => flow.seats],
  ];
  for (const [name, help, value] of gauges) {
    new Gauge({
      name: `apiserver_flowcontrol_${name}`,
      help,
      labelNames,
      collect() {
        for (const flow of figures.flows()) this.set(labels(flow), value(flow));
      },
    });
  }
  new Counter({
    name: 'apiserver_flowcontrol_dispatched_requests_total',
    help: 'Number of requests executed by API Priority and Fairness subsystem',
    labelNames,
    collect() {
      this.reset();
      for (const flow of figures.flows()) this.inc(labels(flow), flow.dispatched);
    },
  });
  new Counter({
    name: 'apiserver_flowcontrol_rejected_requests_total',
    help: 'Number of requests rejected by API Priority and Fairness subsystem',
    labelNames: [...labelNames, 'reason'],
    collect() {
      this.reset();
      for (const flow of figures.flows()) {
        for (const [reason, count] of Object.entries(flow.rejected)) this.inc({ ...labels(flow), reason }, count);
      }
    },
  });
  const limits: [string, string, 'seats' | 'demand'][] = [
    ['nominal_limit_seats', 'Nominal number of execution seats configured for each priority level', 'seats'],
    ['current_limit_seats', 'Number of execution seats available to each priority level', 'seats'],
    ['demand_seats', 'Seats that are occupied or waited for at each priority level', 'demand'],
  ];
  for (const [name, help, part] of limits) {
    new Gauge({
      name: `apiserver_flowcontrol_${name}`,
      help,
      labelNames: ['priority_level'],
      collect() {
        this.reset();
        for (const level of figures.levels()) this.set({ priority_level: level.name }, level[part]);
      },
    });
  }
}
