/**
 * A pod's `/etc/hosts`, shared by its containers.
 *
 * Upstream: pkg/kubelet/kubelet_pods.go (managedHostsFileContent)
 */
import type { Pod } from '../../api/types.ts';

const loopback = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::\tip6-localnet',
  'ff00::\tip6-mcastprefix',
  'ff02::1\tip6-allnodes',
  'ff02::2\tip6-allrouters',
];

/** `hostsOfNode` is the node's own file, which pods on its network start from. */
export function hostsFile(
  pod: Pod,
  podIP: string | undefined,
  hostName: string,
  domain: string,
  hostsOfNode: string,
): string {
  const own = domain ? `${hostName}.${domain}\t${hostName}` : hostName;
  const lines = pod.spec?.hostNetwork
    ? ['# Kubernetes-managed hosts file (host network).', hostsOfNode.trimEnd()]
    : ['# Kubernetes-managed hosts file.', ...loopback, ...(podIP ? [`${podIP}\t${own}`] : [])];
  const aliases = pod.spec?.hostAliases ?? [];
  if (aliases.length > 0) lines.push('', '# Entries added by HostAliases.');
  for (const { ip, hostnames = [] } of aliases) lines.push(`${ip}\t${hostnames.join('\t')}`);
  return `${lines.join('\n')}\n`;
}

/** The pod's host name: at most 63 characters, not ending in a dash or dot. */
export const podHostname = (pod: Pod): string =>
  (pod.spec?.hostname || pod.metadata.name || '').slice(0, 63).replace(/[-.]+$/, '');

/** The rest of its full name when it has a subdomain. */
export const podDomain = (pod: Pod, clusterDomain: string): string =>
  pod.spec?.subdomain ? `${pod.spec.subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}` : '';
