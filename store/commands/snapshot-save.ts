/**
 * `snapshot save`: takes a snapshot over the wire, from our store or from a real etcd. The file has its name only once
 * it is complete, checked and on disk; one of that name from before is replaced, as by etcdctl.
 *
 * Upstream: client/v3/snapshot/v3_snapshot.go
 */
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EtcdClient } from '../../client/etcd/client.ts';
import { checkSnapshot } from '../snapshot-format.ts';
import { syncDirectory } from './sync-directory.ts';

interface SaveOptions {
  endpoints: string;
  cacert?: string;
  cert?: string;
  key?: string;
}

/** Resolves with what to tell the user. */
export async function saveSnapshot(path: string, options: SaveOptions): Promise<string> {
  const client = new EtcdClient({
    endpoint: endpointOf(options),
    tls: { caFile: options.cacert, certFile: options.cert, keyFile: options.key },
  });
  const part = `${path}.part`;
  try {
    await download(client, part);
    await checkSnapshot(part);
    await rename(part, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  } finally {
    client.close();
  }
  return `Snapshot saved at ${path}`;
}

/** As etcdctl has it: an endpoint may come without its scheme, and there is one only. */
function endpointOf({ endpoints, cacert, cert }: SaveOptions): string {
  if (endpoints.includes(',')) throw new Error('snapshot must be requested to one selected node, not multiple');
  if (endpoints.includes('://')) return endpoints;
  return `${cacert || cert ? 'https' : 'http'}://${endpoints}`;
}

async function download(client: EtcdClient, path: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    for await (const { blob } of client.snapshot()) await file.writeFile(blob);
    await file.sync();
  } finally {
    await file.close();
  }
}
