/**
 * The background process of a cluster: `node cli/supervise.ts DATA-DIR`, started by `minikctl cluster up`. Reads
 * cluster.json at its start and again on SIGHUP; stops everything on SIGTERM.
 */
import { flushCompileCache } from 'node:module';
import { componentsOf, environment, nodeFlags } from './cluster/components.ts';
import { pathsOf, readCluster } from './cluster/layout.ts';
import { Supervisor } from './cluster/supervisor.ts';

const paths = pathsOf(process.argv[2]!);
const supervisor = new Supervisor({
  dataDir: paths.dataDir,
  run: paths.run,
  logs: paths.logs,
  main: import.meta.filename,
  nodeFlags,
  env: environment,
});

async function applyCluster(): Promise<void> {
  const cluster = readCluster(paths);
  if (!cluster) throw new Error(`${paths.cluster} does not exist`);
  await supervisor.apply(componentsOf(cluster, paths));
}

function fail(error: unknown): never {
  process.stderr.write(`minik supervisor: ${(error as Error).message}\n`);
  process.exit(1);
}

/** Signals wait for what is under way, so that a stop never meets a start. */
let turn = supervisor.takeOver().then(applyCluster).then(flushCompileCache, fail);
process.on('SIGHUP', () => {
  turn = turn.then(applyCluster).catch(fail);
});
process.on('SIGTERM', () => {
  turn = turn.then(() => supervisor.stop()).then(() => process.exit(0), fail);
});
