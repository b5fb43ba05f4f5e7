/**
 * The helper of `namespace-dialer.ts`: a program that runs in a pod's network namespace, connects to the ports that it is told,
 * and passes the sockets to the kubelet. It ends when the kubelet does.
 */
import { dialLoopback } from './dial-loopback.ts';
import type { DialAnswer, DialRequest } from './namespace-dialer.ts';

const answer = (message: DialAnswer, socket?: Awaited<ReturnType<typeof dialLoopback>>): void =>
  void process.send?.(message, socket);

process.on('message', ({ id, port }: DialRequest) => {
  dialLoopback(port).then(
    (socket) => answer({ id }, socket),
    (error: Error) => answer({ id, error: error.message }),
  );
});
process.on('disconnect', () => process.exit());
