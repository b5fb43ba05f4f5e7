/**
 * Counters and histograms for what happens thousands of times a second. prom-client sorts, joins and looks up the labels of each
 * observation, which takes longer than finding an object in a cache; here a series is found by a key that the caller has. What is
 * printed is the same.
 */
import { type Metric, register } from 'prom-client';

type Labels = Record<string, string>;

interface Value {
  metricName?: string;
  labels: Record<string, string | number>;
  value: number;
}

/** One series of a counter. */
export class CounterSeries {
  count = 0;
  readonly labels: Labels;

  constructor(labels: Labels) {
    this.labels = labels;
  }

  inc(): void {
    this.count += 1;
  }
}

/** One series of a histogram. */
export class HistogramSeries {
  readonly labels: Labels;
  readonly #bounds: readonly number[];
  /** Observations up to each bound and above the one before; the last is above all. */
  readonly #counts: number[];
  #sum = 0;

  constructor(labels: Labels, bounds: readonly number[]) {
    this.labels = labels;
    this.#bounds = bounds;
    this.#counts = new Array(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.#bounds.length && value > this.#bounds[bucket]!) bucket++;
    this.#counts[bucket]! += 1;
    this.#sum += value;
  }

  /** As Prometheus has it: each bucket counts what is in the smaller ones too. */
  values(name: string): Value[] {
    const { labels } = this;
    let count = 0;
    const buckets = this.#counts.map((added, i) => {
      count += added;
      return { metricName: `${name}_bucket`, labels: { le: this.#bounds[i] ?? '+Inf', ...labels }, value: count };
    });
    const sum = { metricName: `${name}_sum`, labels, value: this.#sum };
    return [...buckets, sum, { metricName: `${name}_count`, labels, value: count }];
  }
}

export interface FamilyOptions {
  name: string;
  help: string;
}

/** All series of a counter. */
export class CounterFamily {
  readonly #series = new Map<string, CounterSeries>();

  constructor(options: FamilyOptions) {
    expose(options, 'counter', () => [...this.#series.values()].map(({ labels, count }) => ({ labels, value: count })));
  }

  /** The series with that key, which must say the same as its labels. */
  at(key: string, labels: () => Labels): CounterSeries {
    let found = this.#series.get(key);
    if (!found) {
      found = new CounterSeries(labels());
      this.#series.set(key, found);
    }
    return found;
  }
}

/** All series of a histogram. */
export class HistogramFamily {
  readonly #series = new Map<string, HistogramSeries>();
  readonly #bounds: readonly number[];

  constructor({ buckets, ...options }: FamilyOptions & { buckets: readonly number[] }) {
    this.#bounds = buckets;
    expose(options, 'histogram', () => [...this.#series.values()].flatMap((series) => series.values(options.name)));
  }

  /** The series with that key, which must say the same as its labels. */
  at(key: string, labels: () => Labels): HistogramSeries {
    let found = this.#series.get(key);
    if (!found) {
      found = new HistogramSeries(labels(), this.#bounds);
      this.#series.set(key, found);
    }
    return found;
  }
}

/** Has it printed with the other metrics of this process. */
function expose({ name, help }: FamilyOptions, type: 'counter' | 'histogram', values: () => Value[]): void {
  const metric = { name, help, type, aggregator: 'sum', get: async () => ({ name, help, type, values: values() }) };
  register.registerMetric(metric as unknown as Metric);
}
