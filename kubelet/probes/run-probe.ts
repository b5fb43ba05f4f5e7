/**
 * Runs a probe once.
 *
 * Upstream: pkg/kubelet/prober/prober.go, pkg/probe/{exec,http,tcp}. Left out: gRPC.
 */
import { connect } from 'node:net';
import type { Container, Probe } from '../../api/types.ts';
import { execSync } from '../runtime/exec-sync.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { httpGet } from './http-get.ts';
import { portOf } from './port.ts';

export interface ProbeResult {
  success: boolean;
  /** Why it failed, for the event. */
  output: string;
}

export interface ProbeTarget {
  container: Container;
  containerId: string;
  podIP: string;
}

const failure = (output: string): ProbeResult => ({ success: false, output });
const success: ProbeResult = { success: true, output: '' };

/** Rejects when the probe could not be run at all, which is no verdict on the container. */
export async function runProbe(
  runtime: Runtime,
  probe: Probe,
  target: ProbeTarget,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  const within = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  if (probe.exec) return execProbe(runtime, probe.exec.command ?? [], target.containerId, timeoutMs, signal);
  if (runtime.simulatedNetwork && (probe.httpGet || probe.tcpSocket)) return success;
  if (probe.httpGet) {
    const host = probe.httpGet.host || target.podIP;
    return httpProbe({ ...probe.httpGet, host, port: portOf(probe.httpGet.port, target.container) }, within);
  }
  if (probe.tcpSocket) {
    const host = probe.tcpSocket.host || target.podIP;
    return tcpProbe(host, portOf(probe.tcpSocket.port, target.container), within);
  }
  throw new Error('probes of this type are not supported by this kubelet: use exec, httpGet or tcpSocket');
}

async function execProbe(
  runtime: Runtime,
  command: string[],
  id: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ProbeResult> {
  try {
    const { exitCode, output } = await execSync(runtime, id, command, timeoutMs, signal);
    return exitCode === 0 ? success : failure(output);
  } catch (error) {
    const { message } = error as Error;
    if (message.startsWith('command timed out')) return failure(message);
    throw error;
  }
}

async function httpProbe(action: Parameters<typeof httpGet>[0], signal: AbortSignal): Promise<ProbeResult> {
  try {
    const { status } = await httpGet(action, signal);
    return status >= 200 && status < 400 ? success : failure(`HTTP probe failed with statuscode: ${status}`);
  } catch (error) {
    const url = `${(action.scheme ?? 'HTTP').toLowerCase()}://${action.host}:${action.port}${action.path ?? '/'}`;
    return failure(`Get "${url}": ${reasonOf(error, signal, `${action.host}:${action.port}`)}`);
  }
}

function tcpProbe(host: string, port: number, signal: AbortSignal): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    socket.once('connect', () => {
      socket.destroy();
      resolve(success);
    });
    socket.once('error', (error) => resolve(failure(reasonOf(error, signal, `${host}:${port}`))));
  });
}

const codes: Record<string, string> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ECONNRESET: 'read: connection reset by peer',
};

/** The failure as Go's network library words it. */
function reasonOf(error: unknown, signal: AbortSignal, address: string): string {
  if (signal.aborted) return `dial tcp ${address}: i/o timeout (context deadline exceeded)`;
  const { code = '', message } = error as NodeJS.ErrnoException;
  return codes[code] ? `dial tcp ${address}: ${codes[code]}` : message;
}
