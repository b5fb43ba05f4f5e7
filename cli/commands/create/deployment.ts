/** `minikctl create deployment`. Upstream: kubectl/pkg/cmd/create/create_deployment.go */
import { deployments } from '../../../api/kinds/deployments.ts';
import { integer } from '../../command.ts';
import { generate, listOf } from '../../create/generator.ts';

/** `registry.example.com/team/web:1.2` becomes the name `web`. */
function nameOf(image: string): string {
  const last = image.slice(image.lastIndexOf('/') + 1);
  return last.replace(/[:@].*$/s, '').replaceAll('_', '-');
}

export const createDeployment = generate({
  command: 'deployment',
  failure: 'failed to create deployment:',
  kind: deployments,
  usage: 'NAME --image=IMAGE [--replicas=N] [--port=PORT] [-- COMMAND [ARGUMENTS...]]',
  options: [
    ['--image <images>', 'The image of a container; several make several containers.', { repeatable: true }],
    ['-r, --replicas <n>', 'How many pods.', { default: '1', parse: integer(-Infinity) }],
    ['--port <port>', 'The port that the first container listens on.', { parse: integer(-1) }],
  ],
  examples: `  minikctl create deployment web --image=nginx:1.27 --replicas=3 --port=80
  minikctl create deployment sleeper --image=busybox:1.35 -- sleep 3600`,
  content(name, options, _session, command) {
    const images = listOf(options, 'image');
    if (images.length === 0) throw new Error('required flag(s) "image" not set');
    if (images.length > 1 && command.length > 0) throw new Error('cannot specify multiple --image options and command');
    const port = options['port'] as number | undefined;
    const labels = { app: name };
    const containers = images.map((image, at) => ({
      name: nameOf(image),
      image,
      ...(command.length > 0 && { command }),
      ...(at === 0 && port !== undefined && port >= 0 && { ports: [{ containerPort: port }] }),
      resources: {},
    }));
    const replicas = Number(options['replicas']);
    return {
      labels,
      spec: {
        replicas,
        selector: { matchLabels: labels },
        strategy: {},
        template: { metadata: { labels }, spec: { containers } },
      },
      status: {},
    };
  },
});
