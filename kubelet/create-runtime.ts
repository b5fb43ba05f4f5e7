/** Makes the runtime that the flags name. Each one is loaded only when it is used. */
import type { FlagValues } from '../client/component/flags.ts';
import type { kubeletFlags } from './flags.ts';
import { parseCidr } from './runtime/pod-address.ts';
import type { Runtime } from './runtime/runtime.ts';

export async function createRuntime(flags: FlagValues<typeof kubeletFlags>, nodeName: string): Promise<Runtime> {
  if (flags['container-runtime'] === 'fake') {
    const { FakeRuntime } = await import('./runtime/fake/fake-runtime.ts');
    return new FakeRuntime();
  }
  parseCidr(flags['cluster-cidr']);
  const { createDockerRuntime } = await import('./runtime/docker/docker-runtime.ts');
  return createDockerRuntime({
    endpoint: flags['container-runtime-endpoint'],
    cluster: flags['cluster-name'],
    node: nodeName,
    nodeIp: flags['node-ip'],
    network: flags['docker-network'] || flags['cluster-name'],
    clusterCidr: flags['cluster-cidr'],
    pauseImage: flags['pod-infra-container-image'],
  });
}
