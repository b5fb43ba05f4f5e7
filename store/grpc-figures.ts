/**
 * How many calls of each method began, and how each ended, under the names of go-grpc-prometheus. Counted in plain numbers
 * that the metrics are made of when somebody asks: looking a counter up by its labels costs more than a small call should.
 *
 * Upstream: grpc-ecosystem/go-grpc-prometheus
 */
import { Counter } from 'prom-client';
import { grpcCode } from '../api/etcd-errors.ts';

const ok = 0;

/** Go's names of the codes: `OutOfRange`. */
const codeNames = new Map<number, string>([
  [ok, 'OK'],
  ...Object.entries(grpcCode).map(([name, code]): [number, string] => [code, name[0]!.toUpperCase() + name.slice(1)]),
]);

/** The calls of one method. */
export class MethodFigures {
  readonly labels: { grpc_type: string; grpc_service: string; grpc_method: string };
  started = 0;
  readonly handled = new Map<number, number>([[ok, 0]]);

  constructor(path: string, type: 'unary' | 'bidi_stream') {
    const [, service = '', method = ''] = path.split('/');
    this.labels = { grpc_type: type, grpc_service: service, grpc_method: method };
  }

  /** A call ended; without a code it succeeded. */
  ended(code = ok): void {
    this.handled.set(code, (this.handled.get(code) ?? 0) + 1);
  }
}

const methods = new Map<string, MethodFigures>();

/** The figures of a method: the same ones whenever it is asked for. */
export function figuresOf(path: string, type: 'unary' | 'bidi_stream'): MethodFigures {
  const figures = methods.get(path) ?? new MethodFigures(path, type);
  methods.set(path, figures);
  return figures;
}

const labelNames = ['grpc_type', 'grpc_service', 'grpc_method'];

new Counter({
  name: 'grpc_server_started_total',
  help: 'Total number of RPCs started on the server.',
  labelNames,
  collect() {
    this.reset();
    for (const { labels, started } of methods.values()) this.inc(labels, started);
  },
});

new Counter({
  name: 'grpc_server_handled_total',
  help: 'Total number of RPCs completed on the server, regardless of success or failure.',
  labelNames: [...labelNames, 'grpc_code'],
  collect() {
    this.reset();
    for (const { labels, handled } of methods.values()) {
      for (const [code, count] of handled) {
        this.inc({ ...labels, grpc_code: codeNames.get(code) ?? String(code) }, count);
      }
    }
  },
});
