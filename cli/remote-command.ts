/**
 * The client's end of exec and attach: Kubernetes' WebSocket protocol `v5.channel.k8s.io`, whose messages begin with the
 * number of their channel.
 *
 * Upstream: client-go/tools/remotecommand/websocket.go
 */
import { text } from 'node:stream/consumers';
import type { WebSocket } from 'ws';
import { ApiError } from '../api/errors.ts';
import type { Status } from '../api/types.ts';
import { CredentialSource } from '../client/credentials.ts';
import type { RestConfig } from '../client/kubeconfig.ts';

const protocol = 'v5.channel.k8s.io';
const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** What may be unsent before stdin is no longer read. */
const maxBufferedBytes = 1024 * 1024;

export interface RemoteCommand {
  path: string;
  query: Record<string, string | boolean | string[]>;
  stdin: boolean;
  tty: boolean;
}

/** Connects this process's stdin, stdout and stderr. Resolves with the command's exit code. */
export async function runRemote(config: RestConfig, command: RemoteCommand): Promise<number> {
  const socket = await open(config, command);
  const status = statusOf(socket);
  const restore = command.tty ? useTerminal(socket) : () => undefined;
  if (command.stdin) sendStdin(socket);
  try {
    return exitCodeOf(await status);
  } finally {
    restore();
    process.stdin.pause();
    socket.close();
  }
}

async function open(config: RestConfig, { path, query }: RemoteCommand): Promise<WebSocket> {
  const { WebSocket: Socket } = await import('ws');
  const url = new URL(path, config.server.replace(/^http/, 'ws'));
  for (const [name, value] of Object.entries(query))
    for (const one of Array.isArray(value) ? value : [String(value)]) url.searchParams.append(name, one);
  const { ca, insecureSkipTlsVerify } = config;
  const { headers, cert, key } = await new CredentialSource(config).get();
  const socket = new Socket(url, protocol, {
    ca,
    cert,
    key,
    rejectUnauthorized: !insecureSkipTlsVerify,
    headers,
  });
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      text(response).then((body) => reject(refusal(response.statusCode ?? 0, body)), reject);
    });
  });
}

function refusal(httpCode: number, body: string): Error {
  try {
    return ApiError.fromStatus(JSON.parse(body) as Status, httpCode);
  } catch {
    // Plain text, from something between us and the API.
    return new Error(`unable to upgrade connection: ${body.trim() || `status ${httpCode}`}`);
  }
}

/** Writes what comes to stdout and stderr; resolves with the Status that ends the session. */
function statusOf(socket: WebSocket): Promise<Status> {
  return new Promise((resolve, reject) => {
    socket.on('message', (data: Buffer) => {
      const payload = data.subarray(1);
      if (data[0] === channel.stdout) process.stdout.write(payload);
      else if (data[0] === channel.stderr) process.stderr.write(payload);
      else if (data[0] === channel.error) resolve(JSON.parse(payload.toString('utf8')) as Status);
    });
    socket.once('error', reject);
    socket.once('close', (code: number, reason: Buffer) =>
      reject(
        new Error(`the connection ended before the command did (${code}${reason.length > 0 ? ` ${reason}` : ''})`),
      ),
    );
  });
}

function exitCodeOf(status: Status): number {
  if (status.status === 'Success') return 0;
  const cause = status.details?.causes?.find(({ reason }) => reason === 'ExitCode');
  if (status.reason !== 'NonZeroExitCode' || !cause) throw ApiError.fromStatus(status);
  return Number(cause.message);
}

function sendStdin(socket: WebSocket): void {
  const { stdin } = process;
  stdin.on('data', (chunk: Buffer) => {
    socket.send(Buffer.concat([Buffer.from([channel.stdin]), chunk]), () => stdin.resume());
    if (socket.bufferedAmount > maxBufferedBytes) stdin.pause();
  });
  stdin.once('end', () => {
    if (socket.readyState === socket.OPEN) socket.send(Buffer.from([channel.close, channel.stdin]));
  });
}

/** Raw keys go to the command, and its terminal follows the size of this one. Returns what undoes it. */
function useTerminal(socket: WebSocket): () => void {
  const sendSize = (): void => {
    const [width, height] = process.stdout.isTTY ? process.stdout.getWindowSize() : [80, 24];
    const size = Buffer.from(JSON.stringify({ Width: width, Height: height }));
    if (socket.readyState === socket.OPEN) socket.send(Buffer.concat([Buffer.from([channel.resize]), size]));
  };
  process.stdin.setRawMode(true);
  process.stdout.on('resize', sendSize);
  sendSize();
  return () => {
    process.stdin.setRawMode(false);
    process.stdout.off('resize', sendSize);
  };
}
