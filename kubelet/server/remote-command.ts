/** `/exec/...` and `/attach/...` over WebSocket. Upstream: pkg/kubelet/server/server.go (getExec, getAttach) */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Runtime } from '../runtime/runtime.ts';
import { type PodLookup, runningContainer } from './find-container.ts';
import { HttpError } from './http-error.ts';
import { exitStatus, failureStatus, openStreams, type StreamFlags, streamProtocols } from './stream-protocol.ts';

const flagsOf = (query: URLSearchParams): StreamFlags => {
  const flag = (name: string): boolean => ['true', '1'].includes(query.get(name) ?? '');
  return { stdin: flag('input'), stdout: flag('output'), stderr: flag('error'), tty: flag('tty') };
};

/** Everything about a remote command that can be refused before the connection is upgraded. */
export interface RemoteCommand {
  kind: 'exec' | 'attach';
  containerId: string;
  command: string[];
  flags: StreamFlags;
}

/** Reads the request. Throws `HttpError` for one that cannot be served. */
export async function parseRemoteCommand(
  lookup: PodLookup,
  kind: RemoteCommand['kind'],
  [namespace, pod, container]: [string, string, string],
  query: URLSearchParams,
): Promise<RemoteCommand> {
  const command = query.getAll('command');
  if (kind === 'exec' && command.length === 0)
    throw new HttpError(400, 'you must specify at least one command for the container');
  const flags = flagsOf(query);
  if (!flags.stdin && !flags.stdout && !flags.stderr)
    throw new HttpError(400, 'you must specify at least 1 of stdin, stdout, stderr');
  const { id } = await runningContainer(lookup, namespace, pod, container);
  return { kind, containerId: id, command, flags };
}

export class RemoteCommands {
  readonly #runtime: Runtime;
  readonly #server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    handleProtocols: (offered) => streamProtocols.find((p) => offered.has(p)) ?? false,
  });

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Upgrades the connection and runs the command to its end. */
  serve(request: IncomingMessage, socket: Duplex, head: Buffer, remote: RemoteCommand): void {
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((p) => p.trim());
    if (!streamProtocols.some((p) => offered.includes(p)))
      throw new HttpError(
        400,
        `unable to upgrade: no supported protocol among ${offered.join(', ')}; supported: ${streamProtocols.join(', ')}`,
      );
    this.#server.handleUpgrade(request, socket, head, (connection) => {
      const session = openStreams(connection, remote.flags);
      this.#run(remote, session.streams).then(session.finish, (error: Error) =>
        session.finish(failureStatus(error.message)),
      );
    });
  }

  async #run(remote: RemoteCommand, streams: ReturnType<typeof openStreams>['streams']): Promise<unknown> {
    if (remote.kind === 'exec')
      return exitStatus(await this.#runtime.exec(remote.containerId, remote.command, streams));
    await this.#runtime.attach(remote.containerId, streams);
    return exitStatus(0);
  }
}
