/** `/exec/...` and `/attach/...`, by WebSocket or SPDY. Upstream: pkg/kubelet/server/server.go (getExec, getAttach) */
import type { Writable } from 'node:stream';
import type { Runtime, StreamOptions } from '../runtime/runtime.ts';
import { type CommandStatus, exitStatus, failureStatus } from './command-status.ts';
import { type PodLookup, runningContainer } from './find-container.ts';
import { HttpError } from './http-error.ts';
import { openSpdy } from './remote-command-spdy.ts';
import { openWebSocket } from './remote-command-websocket.ts';
import type { StreamFlags } from './stream-session.ts';
import { type Upgrade, upgradeKind } from './upgrade.ts';

/** Everything about a remote command that can be refused before the connection is upgraded. */
export interface RemoteCommand {
  kind: 'exec' | 'attach';
  containerId: string;
  command: string[];
  flags: StreamFlags;
}

/** A terminal has one output, so there is no stderr beside it. */
export function flagsOf(query: URLSearchParams): StreamFlags {
  const flag = (name: string): boolean => ['true', '1'].includes(query.get(name) ?? '');
  const tty = flag('tty');
  return { stdin: flag('input'), stdout: flag('output'), stderr: flag('error') && !tty, tty };
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

/** Upgrades the connection and runs the command to its end. Rejects only before the upgrade. */
export async function serveRemoteCommand(runtime: Runtime, upgrade: Upgrade, remote: RemoteCommand): Promise<void> {
  const open = upgradeKind(upgrade.request) === 'websocket' ? openWebSocket : openSpdy;
  const session = await open(upgrade, remote.flags);
  const { streams } = session;
  const status = await run(runtime, remote, streams);
  await Promise.all([written(streams.stdout), written(streams.stderr)]);
  await session.finish(status);
}

/** Resolves when the client has been sent all that the command wrote. */
const written = (sink: Writable | undefined): Promise<void> =>
  new Promise((resolve) => (sink ? sink.end(() => resolve()) : resolve()));

async function run(runtime: Runtime, remote: RemoteCommand, streams: StreamOptions): Promise<CommandStatus> {
  const { kind, containerId, command } = remote;
  try {
    if (kind === 'exec') return exitStatus(await runtime.exec(containerId, command, streams));
    await runtime.attach(containerId, streams);
    return exitStatus(0);
  } catch (error) {
    const doing = kind === 'exec' ? 'executing command in' : 'attaching to';
    return failureStatus(`error ${doing} container: ${(error as Error).message}`);
  }
}
