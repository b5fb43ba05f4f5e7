/**
 * `minikctl exec`: runs a command in a container, and exits with its exit code.
 * Upstream: kubectl/pkg/cmd/exec
 */
import { pods } from '../../api/kinds/pods.ts';
import type { CliCommand } from '../command.ts';
import { ExitError, usageError } from '../errors.ts';
import { findContainer, findPod } from '../pods-of.ts';
import { runRemote } from '../remote-command.ts';

export const exec: CliCommand = {
  usage: '(POD | TYPE/NAME) [-c CONTAINER] [-i] [-t] -- COMMAND [ARGS...]',
  options: [
    ['-c, --container <name>', 'The container, if the pod has several.'],
    ['-i, --stdin', 'Pass stdin to the command.'],
    ['-t, --tty', 'Give the command a terminal.'],
    ['-q, --quiet', "Print only the command's own output."],
  ],
  examples: `  minikctl exec web -- ls /
  minikctl exec -it web -c side -- sh`,
  async run(args, options, session, dash) {
    const [podName] = args;
    if (podName === undefined || dash === 0) throw new Error('pod, type/name or --filename must be specified');
    const command = args.slice(dash ?? 1);
    if (dash === undefined && command.length > 0)
      throw usageError('exec', 'exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead');
    if (command.length === 0) throw new Error('you must specify at least one command for the container');
    const pod = await findPod(podName, session);
    const { phase } = pod.status ?? {};
    if (phase === 'Succeeded' || phase === 'Failed')
      throw new Error(`cannot exec into a container in a completed pod; current phase is ${phase}`);
    const container = findContainer(pod, options['container'] as string | undefined, session);
    const stdin = options['stdin'] === true;
    const tty = options['tty'] === true && stdin && process.stdin.isTTY === true;
    if (options['tty'] && !tty && !options['quiet'])
      session.warn('Unable to use a TTY - input is not a terminal or the right kind of file');
    const exitCode = await runRemote(session.rest.config, {
      path: session.rest.of(pods).path(pod.metadata.namespace, pod.metadata.name, 'exec'),
      query: { command, container, stdin, stdout: true, stderr: !tty, tty },
      stdin,
      tty,
    });
    if (exitCode !== 0) throw new ExitError(`command terminated with exit code ${exitCode}`, exitCode);
  },
};
