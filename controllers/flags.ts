/** The flags of kube-controller-manager that the controllers here read. */
import type { FlagTable } from '../client/component/flags.ts';

export const controllerFlags = {
  controllers: {
    type: 'list',
    default: '*',
    help: "Controllers to run: '*' is all that are on by default, 'foo' turns foo on, '-foo' turns it off.",
  },
  'allocate-node-cidrs': { type: 'bool', default: 'false', help: 'Give each node a range of the cluster CIDR.' },
  'cluster-cidr': { type: 'string', help: 'Range of all pod addresses, such as 10.244.0.0/16.' },
  'service-cluster-ip-range': { type: 'string', help: 'Range of all Service addresses; no node gets a part of it.' },
  'node-cidr-mask-size': { type: 'int', default: '24', help: "Prefix length of a node's range." },
  'node-monitor-period': { type: 'duration', default: '5s', help: 'How often nodes are looked at.' },
  'node-monitor-grace-period': {
    type: 'duration',
    default: '50s',
    help: 'How long a node may give no sign of life before it is marked unhealthy.',
  },
  'node-startup-grace-period': {
    type: 'duration',
    default: '1m',
    help: 'The same for a node that has yet to report for the first time.',
  },
  'root-ca-file': { type: 'string', help: 'CA certificate that every namespace gets as ConfigMap kube-root-ca.crt.' },
  'cluster-signing-cert-file': {
    type: 'string',
    help: 'CA certificate that signs what is asked for by CertificateSigningRequests; without it nothing is signed.',
  },
  'cluster-signing-key-file': { type: 'string', help: 'Key of that certificate.' },
  'cluster-signing-duration': {
    type: 'duration',
    default: '8760h',
    help: 'The longest life of a certificate; a request may ask for less.',
  },
  'concurrent-certificate-syncs': {
    type: 'int',
    default: '5',
    help: 'CertificateSigningRequests worked on at once.',
  },
  'terminated-pod-gc-threshold': {
    type: 'int',
    default: '12500',
    help: 'How many ended pods may exist before the oldest are deleted; 0 or less is no limit.',
  },
  'concurrent-replicaset-syncs': { type: 'int', default: '5', help: 'ReplicaSets that are worked on at once.' },
  'concurrent-rc-syncs': { type: 'int', default: '5', help: 'ReplicationControllers that are worked on at once.' },
  'concurrent-service-endpoint-syncs': { type: 'int', default: '5', help: 'Services worked on at once.' },
  'concurrent-endpoint-syncs': { type: 'int', default: '5', help: 'Services worked on at once for Endpoints.' },
  'concurrent-namespace-syncs': { type: 'int', default: '10', help: 'Namespaces that are emptied at once.' },
  'concurrent-serviceaccount-token-syncs': { type: 'int', default: '5', help: 'Namespaces worked on at once.' },
  'concurrent-resource-quota-syncs': { type: 'int', default: '5', help: 'ResourceQuotas that are worked on at once.' },
  'resource-quota-sync-period': { type: 'duration', default: '5m', help: 'How often all quotas are calculated anew.' },
  'concurrent-gc-syncs': { type: 'int', default: '20', help: 'Objects that garbage collection works on at once.' },
} as const satisfies FlagTable;
