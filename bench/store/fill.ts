/** Fills a server with keys, quickly. */
import { methods, PutResponse } from '../../api/etcd.ts';
import type { EtcdServer } from '../../test/harness/etcd.ts';
import { closedLoop } from './closed-loop.ts';
import { Http2Client } from './http2-client.ts';
import { putOf } from './requests.ts';

export interface Filling {
  keys: number;
  /** How often each key is put; the keys take turns. */
  versions?: number;
  value: Buffer;
}

/** Puts everything as single puts, so each has a revision of its own; puts a second. */
export async function fill(server: EtcdServer, { keys, versions = 1, value }: Filling): Promise<number> {
  const client = await Http2Client.connect(server.endpoint);
  try {
    const before = await revisionOf(server);
    const put = (i: number): Promise<Buffer> => client.call(methods.put.path, putOf(i % keys, value));
    const rate = await closedLoop({ inFlight: 256, count: keys * versions }, put);
    const written = (await revisionOf(server)) - before;
    if (written !== keys * versions) throw new Error(`${keys * versions} puts made ${written} revisions`);
    return rate;
  } finally {
    client.close();
  }
}

/** The server's current revision. */
export async function revisionOf({ endpoint }: EtcdServer): Promise<number> {
  const client = await Http2Client.connect(endpoint);
  try {
    const { path, request, response } = methods.range;
    return response.decode(await client.call(path, request.encode({ key: 'revision' }))).header!.revision;
  } finally {
    client.close();
  }
}

/** The revision that an encoded answer to a put tells. */
export const putRevision = (answer: Buffer): number => PutResponse.decode(answer).header!.revision;
