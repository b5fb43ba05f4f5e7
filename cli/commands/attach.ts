/**
 * `minikctl attach`: joins this terminal to the main process of a container.
 * Upstream: kubectl/pkg/cmd/attach
 */
import { pods } from '../../api/kinds/pods.ts';
import { isPodTerminal } from '../../api/pods.ts';
import type { CliCommand } from '../command.ts';
import { containersOf, findContainer, findPod } from '../pods-of.ts';
import { runRemote } from '../remote-command.ts';

export const attach: CliCommand = {
  usage: '(POD | TYPE/NAME) [-c CONTAINER] [-i] [-t]',
  options: [
    ['-c, --container <name>', 'The container, if the pod has several.'],
    ['-i, --stdin', 'Pass stdin to the process.'],
    ['-t, --tty', 'Stdin is a terminal.'],
    ['-q, --quiet', "Print only the process's own output."],
  ],
  examples: `  minikctl attach web
  minikctl attach -it web -c shell`,
  async run([podName], options, session) {
    if (podName === undefined) throw new Error('at least 1 argument is required for attach');
    const pod = await findPod(podName, session);
    if (isPodTerminal(pod))
      throw new Error(`cannot attach a container in a completed pod; current phase is ${pod.status?.phase}`);
    const container = findContainer(pod, options['container'] as string | undefined, session);
    const hasTerminal = containersOf(pod).find(({ name }) => name === container)?.tty === true;
    const stdin = options['stdin'] === true;
    const tty = options['tty'] === true && stdin && hasTerminal && process.stdin.isTTY === true;
    if (options['tty'] && !hasTerminal)
      session.warn(`error: Unable to use a TTY - container ${container} did not allocate one`);
    else if (options['tty'] && !tty && !options['quiet'])
      session.warn('Unable to use a TTY - input is not a terminal or the right kind of file');
    if (stdin && !options['quiet']) session.warn("If you don't see a command prompt, try pressing enter.");
    await runRemote(session.rest.config, {
      path: session.rest.of(pods).path(pod.metadata.namespace, pod.metadata.name, 'attach'),
      // A process with a terminal has one output, whether or not this side is one.
      query: { container, stdin, stdout: true, stderr: !hasTerminal, tty: hasTerminal },
      stdin,
      tty,
    });
  },
};
