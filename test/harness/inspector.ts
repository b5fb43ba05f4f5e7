/** Looks into a Node process that is running, by the protocol of its inspector: what is left on its heap after a collection. */
import { WebSocket } from 'ws';
import { eventually } from './eventually.ts';

/** For the environment of the process: its inspector, once it is asked for, takes any port that is free. */
export const inspectable = { NODE_OPTIONS: '--inspect-port=0' };

/** Bytes in use on the heap of the process once everything has been collected that can be. `log` is its standard error. */
export async function heapAfterCollection(pid: number, log: () => string): Promise<number> {
  process.kill(pid, 'SIGUSR1');
  const url = () => [...log().matchAll(/Debugger listening on (ws:\S+)/g)].at(-1)?.[1];
  await eventually('the inspector listens', () => url() !== undefined);
  const socket = new WebSocket(url()!);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  let id = 0;
  const ask = (method: string): Promise<{ usedSize: number }> =>
    new Promise((resolve) => {
      const asked = ++id;
      socket.on('message', (data) => {
        const answer = JSON.parse(String(data)) as { id?: number; result: { usedSize: number } };
        if (answer.id === asked) resolve(answer.result);
      });
      socket.send(JSON.stringify({ id: asked, method }));
    });
  // What one collection finalizes the next one frees.
  for (let i = 0; i < 3; i++) await ask('HeapProfiler.collectGarbage');
  const { usedSize } = await ask('Runtime.getHeapUsage');
  socket.close();
  return usedSize;
}
