/**
 * `minikctl port-forward`: local ports that lead to ports of a pod, until it is interrupted.
 * Upstream: kubectl/pkg/cmd/portforward
 */
import { pods } from '../../api/kinds/pods.ts';
import { services } from '../../api/kinds/services.ts';
import type { CliCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { parsePort, podPort, servicePort } from '../forwarded-ports.ts';
import { openForwarder } from '../forwarder.ts';
import { findPod } from '../pods-of.ts';

const isService = /^(services?|svc)\//;

export const portForward: CliCommand = {
  usage: '(POD | TYPE/NAME) [LOCAL_PORT:]REMOTE_PORT...',
  options: [['--address <addresses>', 'Addresses to listen on, separated by commas.', { default: 'localhost' }]],
  examples: `  minikctl port-forward web 8080:80
  minikctl port-forward service/web 8443:https
  minikctl port-forward replicaset/web :5432`,
  async run([target, ...texts], options, session) {
    if (target === undefined || texts.length === 0)
      throw usageError('port-forward', 'TYPE/NAME and list of ports are required for port-forward');
    const { rest, namespace } = session;
    const pod = await findPod(target, session);
    const phase = pod.status?.phase;
    if (phase !== 'Running')
      throw new Error(`unable to forward port because pod is not running. Current status=${phase}`);
    const service = isService.test(target)
      ? await rest.of(services).get(target.replace(isService, ''), namespace)
      : undefined;
    const numberOf = (port: string): number => (service ? servicePort(service, pod, port) : podPort(pod, port));
    const ports = texts.map((text) => parsePort(text, numberOf));
    const path = rest.of(pods).path(pod.metadata.namespace, pod.metadata.name, 'portforward');
    const forwarder = await openForwarder(
      rest.config,
      path,
      (line) => session.print(line),
      (line) => session.warn(line),
    );
    const addresses = String(options['address']).split(',');
    for (const address of addresses.flatMap((name) => (name === 'localhost' ? ['127.0.0.1', '::1'] : [name]))) {
      for (const port of ports) {
        await forwarder.listen(address, port).catch((error: Error) => {
          // A machine without IPv6 still has a localhost.
          if (address !== '::1') throw error;
        });
      }
    }
    await forwarder.closed();
    throw new Error('lost connection to pod');
  },
};
