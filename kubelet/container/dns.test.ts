import { describe, expect, test } from 'vitest';
import type { Pod } from '../../api/types.ts';
import { type DnsSettings, formatResolvConf, lacksClusterDns, podDns } from './dns.ts';

const settings: DnsSettings = {
  clusterDns: ['10.96.0.10'],
  clusterDomain: 'cluster.local',
  hostResolvConf: '# generated\nnameserver 192.0.2.53\nsearch example.com lab\noptions timeout:1\n',
};
const pod = (spec: Partial<NonNullable<Pod['spec']>>): Pod => ({
  metadata: { name: 'web', namespace: 'shop' },
  spec: { containers: [], ...spec },
});

const cluster =
  'search shop.svc.cluster.local svc.cluster.local cluster.local example.com lab\nnameserver 10.96.0.10\noptions ndots:5\n';
const host = 'search example.com lab\nnameserver 192.0.2.53\noptions timeout:1\n';

describe('resolv.conf', () => {
  test.each<[string, Partial<NonNullable<Pod['spec']>>, string]>([
    ['of a pod that says nothing', {}, cluster],
    ['on the host’s network', { hostNetwork: true }, host],
    [
      'on the host’s network with the cluster’s DNS',
      { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' },
      cluster,
    ],
    ['like the node’s', { dnsPolicy: 'Default' }, host],
    [
      'of its own',
      { dnsPolicy: 'None', dnsConfig: { nameservers: ['192.0.2.1'], searches: ['a.b'], options: [{ name: 'debug' }] } },
      'search a.b\nnameserver 192.0.2.1\noptions debug\n',
    ],
    [
      'with an option changed',
      { dnsPolicy: 'Default', dnsConfig: { options: [{ name: 'timeout', value: '3' }] } },
      host.replace('timeout:1', 'timeout:3'),
    ],
  ])('%s', (_, spec, expected) => {
    expect(formatResolvConf(podDns(pod(spec), settings))).toBe(expected);
  });

  test('falls back to the node’s where the cluster has no DNS', () => {
    const without = { ...settings, clusterDns: [] };
    expect(formatResolvConf(podDns(pod({}), without))).toBe(host);
    expect(lacksClusterDns(pod({}), without)).toBe(true);
    expect(lacksClusterDns(pod({ dnsPolicy: 'Default' }), without)).toBe(false);
  });
});
