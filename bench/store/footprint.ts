/** What the servers take: memory, and the time until a restarted one answers. */
import type { EtcdServer } from '../../test/harness/etcd.ts';
import { eventually } from '../../test/harness/eventually.ts';
import { milliseconds } from '../statistics.ts';
import { below, comparisonRow, type Row, type Table } from '../table.ts';
import type { Options } from '../topic.ts';
import { fill, revisionOf } from './fill.ts';
import { valueOfSize } from './requests.ts';
import { compare } from './rounds.ts';
import { residentMB, withServers } from './servers.ts';

const value = valueOfSize(1024);
const maxMB = 400;
const maxStartMs = 3000;
const versions = 10;

const keysOf = ({ quick }: Options): number => (quick ? 10_000 : 100_000);
const inWords = (keys: number): string => `${keys.toLocaleString('en')} keys of 1 KiB`;

/** From starting the process until it has answered a read. */
async function restart(server: EtcdServer): Promise<number> {
  await server.stop();
  return milliseconds(async () => {
    server.launch();
    await eventually('a read is answered', () => revisionOf(server), { everyMs: 5 });
  });
}

export const memory = (options: Options): Promise<Table> =>
  withServers(async (servers) => {
    const keys = keysOf(options);
    const resident = async (server: EtcdServer) => ({ mb: residentMB(server) });
    const { mb: idle } = await compare(servers, 1, resident);
    await fill(servers.ours, { keys, value });
    await fill(servers.etcd, { keys, value });
    const { mb: filled } = await compare(servers, 1, resident);
    await restart(servers.ours);
    await restart(servers.etcd);
    const { mb: restarted } = await compare(servers, 1, resident);
    const limited = (row: Row, mb: number): Row => (options.quick ? row : { ...row, aim: below(mb, maxMB, 'MB') });
    return {
      title: 'Memory',
      note: 'resident set size in MB: lower is better',
      rows: [
        comparisonRow('empty', idle, 0),
        limited(comparisonRow(`after writing ${inWords(keys)}`, filled, 0), filled.ours),
        limited(comparisonRow('after a restart with them', restarted, 0), restarted.ours),
      ],
    };
  });

export const startUp = (options: Options): Promise<Table> =>
  withServers(async (servers) => {
    const keys = keysOf(options);
    await fill(servers.ours, { keys, versions, value });
    await fill(servers.etcd, { keys, versions, value });
    const { ms, mb } = await compare(servers, 3, async (server) => {
      const took = await restart(server);
      return { ms: took, mb: residentMB(server) };
    });
    const row = comparisonRow('milliseconds until the first answer', ms, 0);
    return {
      title: 'Start-up',
      note: `${inWords(keys)} with ${versions} versions each, stopped and started again: lower is better`,
      rows: [
        options.quick ? row : { ...row, aim: below(ms.ours, maxStartMs, 'ms') },
        comparisonRow('MB resident then', mb, 0),
      ],
    };
  });
