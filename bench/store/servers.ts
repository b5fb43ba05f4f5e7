/**
 * The two servers that are compared, each a process of its own on loopback with a fresh data directory: our store, and
 * Debian's etcd with its default fsync. Both may grow as large as the measurements need.
 *
 * Whoever starts one through here has it ended and its data removed by `removeAll`, also when it was still starting.
 */
import { readFileSync } from 'node:fs';
import { type EtcdServer, startEtcd, startStore } from '../../test/harness/etcd.ts';

export interface Servers {
  ours: EtcdServer;
  etcd: EtcdServer;
}

/** The first port; etcd takes the two after it. */
const basePort = 23_790;
const noQuota = '--quota-backend-bytes=64000000000';

const started = new Set<Promise<EtcdServer>>();

function track(server: Promise<EtcdServer>): Promise<EtcdServer> {
  started.add(server);
  // Reported to whoever waits for it.
  server.catch(() => started.delete(server));
  return server;
}

/** Our store alone. A second one at a time needs another `offset`. */
export const startOurs = (offset = 0): Promise<EtcdServer> =>
  track(startStore({ url: `http://127.0.0.1:${basePort + offset}`, flags: [noQuota] }));

/** Runs `use` with both servers, empty, and removes them afterwards. */
export async function withServers<T>(use: (servers: Servers) => Promise<T>): Promise<T> {
  try {
    const [ours, etcd] = await Promise.all([startOurs(), track(startEtcd(basePort + 1, [noQuota]))]);
    return await use({ ours, etcd });
  } finally {
    await removeAll();
  }
}

/** Ends every server that was started and removes its data. */
export async function removeAll(): Promise<void> {
  const servers = [...started];
  started.clear();
  await Promise.allSettled(
    servers.map(async (starting) => {
      const server = await starting;
      await server.stop();
      await server.remove();
    }),
  );
}

/** Resident memory of a server in MB. */
export const residentMB = ({ child }: EtcdServer): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024;
