/** The store and etcd compared round by round. */
import type { EtcdServer } from '../../test/harness/etcd.ts';
import { type Comparison, compareSamples } from '../rounds.ts';
import type { Servers } from './servers.ts';

/** One comparison for each figure that `sample` returns. */
export const compare = <Figure extends string>(
  { ours, etcd }: Pick<Servers, 'ours' | 'etcd'>,
  rounds: number,
  sample: (server: EtcdServer) => Promise<Record<Figure, number>>,
): Promise<Record<Figure, Comparison>> =>
  compareSamples(
    rounds,
    () => sample(ours),
    () => sample(etcd),
  );
