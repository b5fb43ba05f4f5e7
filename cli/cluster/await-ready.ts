/** Waiting for processes and nodes to be ready, and giving up when it makes no sense to wait on. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { nodes } from '../../api/kinds/nodes.ts';
import { isConditionTrue } from '../../api/meta.ts';
import { RestClient } from '../../client/rest.ts';
import type { Component } from './components.ts';
import type { Paths } from './layout.ts';
import { readState, supervisorPid } from './state.ts';
import type { ProcessState } from './supervisor.ts';

/** A process that ended this often before it was ready will not become ready. */
const maxRestarts = 4;
const pollMs = 20;

/** Resolves once the process answers that it is ready. Rejects with why it will not be. */
export async function untilReady(
  component: Component,
  rest: RestClient,
  paths: Paths,
  deadline: number,
): Promise<undefined> {
  const { scheme, host, port } = component.ready;
  const own = scheme === 'https' && host === '127.0.0.1';
  const client = own ? rest : new RestClient({ server: `${scheme}://${host}:${port}` }, 'minikctl');
  let restartsBefore: number | undefined;
  for (;;) {
    const state = currentState(component, paths);
    restartsBefore ??= state?.restarts;
    const reason = await notReady(state, client, component);
    if (reason === undefined) break;
    giveUpIfHopeless(component.name, reason, state, restartsBefore ?? 0, paths, deadline);
    await sleep(pollMs);
  }
  if (!own) client.close();
  return undefined;
}

/** What the running supervisor says of the process; not what one that died has left. */
function currentState({ name }: Component, paths: Paths): ProcessState | undefined {
  const state = readState(paths);
  return state && state.pid === supervisorPid(paths) ? state.processes[name] : undefined;
}

/** Why the process is not ready; undefined when it is. */
async function notReady(
  state: ProcessState | undefined,
  client: RestClient,
  { args, ready }: Component,
): Promise<string | undefined> {
  if (state?.pid === undefined) return 'it is not running';
  // The one that answers may be the one that is being replaced.
  if (state.args && !isDeepStrictEqual(state.args, args)) return 'it runs with the flags of before';
  try {
    await client.request({ path: ready.path, timeoutMs: 2_000 });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Throws when waiting on makes no sense: the process keeps ending, or time is up. */
function giveUpIfHopeless(
  name: string,
  reason: string,
  state: ProcessState | undefined,
  restartsBefore: number,
  paths: Paths,
  deadline: number,
): void {
  const hopeless = state !== undefined && state.restarts - restartsBefore >= maxRestarts;
  if (!hopeless && Date.now() < deadline) return;
  const why = hopeless ? `it keeps ending (${state.lastExit}): ${lastLogLine(paths, name)}` : reason;
  throw new Error(
    `${name} did not become ready: ${why}\nIts log: minikctl cluster logs ${name} --data-dir ${paths.dataDir}`,
  );
}

function lastLogLine(paths: Paths, name: string): string {
  const lines = readFileSync(join(paths.logs, `${name}.log`), 'utf8')
    .trim()
    .split('\n');
  return lines.at(-1) ?? '';
}

/** Resolves with what there is to say about them. */
export async function untilNodesReady(wanted: readonly string[], rest: RestClient, deadline: number): Promise<string> {
  for (;;) {
    const ready = await readyNodes(rest);
    const missing = wanted.filter((name) => !ready.has(name));
    if (missing.length === 0) return `${wanted.join(', ')} Ready`;
    if (Date.now() > deadline)
      throw new Error(`not Ready: ${missing.join(', ')}; see minikctl describe node ${missing[0]}`);
    await sleep(pollMs);
  }
}

/** Names of the nodes that are Ready; none while the apiserver does not answer yet. */
async function readyNodes(rest: RestClient): Promise<Set<string>> {
  try {
    const { items } = await rest.of(nodes).list();
    return new Set(items.filter((n) => isConditionTrue(n.status?.conditions, 'Ready')).map((n) => n.metadata.name!));
  } catch {
    // Whether the apiserver comes up at all is watched by its own step.
    return new Set();
  }
}
