/**
 * `npm start`: a cluster in the background with one pod in it, and what to type next. Each step is a minikctl command,
 * shown as one would type it; a second run finds everything in place.
 */
import { spawnSync } from 'node:child_process';
import { relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const program = resolve(root, 'cli/minikctl');
const typed = relative(process.cwd(), program);

/** Runs minikctl with its output on this terminal; ends this process with its exit code when it fails. */
function minikctl(...args: string[]): void {
  console.log(`\n$ ${typed} ${args.join(' ')}`);
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

minikctl('cluster', 'up');
minikctl('apply', '-f', 'examples/pod.yaml');
minikctl('wait', '--for=condition=Ready', 'pod/hello', '--timeout=120s');
minikctl('get', 'pod', 'hello', '-o', 'wide');
minikctl('logs', 'hello');

console.log(`
The cluster goes on in the background. Next:

  ${typed} get pods -A
  ${typed} exec -it hello -- sh
  ${typed} apply -f examples/replicaset.yaml -f examples/service.yaml
  ${typed} describe pod hello
  ${typed} cluster status
  ${typed} cluster down            # stops everything; the data stays

With kubectl:

  export KUBECONFIG=$(${typed} cluster kubeconfig --path)
  kubectl get nodes`);
