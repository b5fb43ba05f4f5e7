/** One forwarded connection: a stream of the client's joined to a port of a pod. */
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import type { Runtime } from '../runtime/runtime.ts';

export interface PortForward {
  podName: string;
  podUid: string;
  sandboxId: string;
  /** Ports that the query names, for the form with channels. */
  ports: number[];
}

/** Joins a stream of the client's to a port of the pod until both ends are done. Rejects with what to tell the client. */
export type Forward = (port: number, stream: Duplex) => Promise<void>;

/** A port number from 1 to 65535, or undefined. */
export function portOf(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port > 0 && port < 65536 ? port : undefined;
}

/** How long a connection stays open for what the client still sends after the pod has ended its side. */
const lastWordsMs = 1000;

/** What joins streams to the ports of that pod. */
export function forwarder(runtime: Runtime, { podName, podUid, sandboxId }: PortForward): Forward {
  return async (port, stream) => {
    try {
      const connection = await runtime.dial(sandboxId, port);
      stream.once('close', () => connection.destroy());
      // A client may have asked all it will long before the answer is over. A pod that has said all it will is done, but for
      // what is on its way to it.
      const asked = pipeline(stream, connection).catch(() => undefined);
      await pipeline(connection, stream);
      await Promise.race([asked, setTimeout(lastWordsMs)]);
      connection.destroy();
    } catch (error) {
      if (stream.destroyed) return;
      const { message } = error as Error;
      throw new Error(`error forwarding port ${port} to pod ${podName}, uid ${podUid}: ${message}`);
    }
  };
}
