/**
 * A pod's `resolv.conf`, from its DNS policy, the node's own file and the cluster's DNS.
 *
 * Upstream: pkg/kubelet/network/dns/dns.go
 */
import type { Pod } from '../../api/types.ts';

export interface DnsSettings {
  /** Addresses of the cluster's DNS; empty when there is none. */
  clusterDns: string[];
  clusterDomain: string;
  /** Text of the node's own resolv.conf. */
  hostResolvConf: string;
}

export interface DnsConfig {
  nameservers: string[];
  searches: string[];
  options: string[];
}

const words = (text: string, keyword: string): string[] =>
  text.split('\n').flatMap((line) => {
    const [first, ...rest] = line.trim().split(/\s+/);
    return first === keyword ? rest : [];
  });

/** Reads a resolv.conf. */
export const parseResolvConf = (text: string): DnsConfig => ({
  nameservers: words(text, 'nameserver'),
  searches: words(text, 'search'),
  options: words(text, 'options'),
});

/** True when the pod asks for the cluster's DNS and there is none, which Kubernetes reports as `MissingClusterDNS`. */
export const lacksClusterDns = (pod: Pod, settings: DnsSettings): boolean =>
  usesClusterDns(pod) && settings.clusterDns.length === 0;

function usesClusterDns(pod: Pod): boolean {
  const policy = pod.spec?.dnsPolicy ?? 'ClusterFirst';
  return policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !pod.spec?.hostNetwork);
}

export function podDns(pod: Pod, settings: DnsSettings): DnsConfig {
  const host = parseResolvConf(settings.hostResolvConf);
  let config: DnsConfig;
  if (pod.spec?.dnsPolicy === 'None') config = { nameservers: [], searches: [], options: [] };
  else if (usesClusterDns(pod) && settings.clusterDns.length > 0) {
    const domain = settings.clusterDomain;
    const own = [`${pod.metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain];
    config = { nameservers: settings.clusterDns, searches: [...own, ...host.searches], options: ['ndots:5'] };
  } else config = host;
  const extra = pod.spec?.dnsConfig;
  const options = new Map(config.options.map((o) => [o.split(':')[0]!, o]));
  for (const { name = '', value } of extra?.options ?? [])
    options.set(name, value === undefined ? name : `${name}:${value}`);
  return {
    nameservers: [...new Set([...config.nameservers, ...(extra?.nameservers ?? [])])],
    searches: [...new Set([...config.searches, ...(extra?.searches ?? [])])],
    options: [...options.values()],
  };
}

export const formatResolvConf = ({ nameservers, searches, options }: DnsConfig): string =>
  [
    ...(searches.length > 0 ? [`search ${searches.join(' ')}`] : []),
    ...nameservers.map((server) => `nameserver ${server}`),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
    '',
  ].join('\n');
