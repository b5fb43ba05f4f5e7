/** The flags of the apiserver, with kube-apiserver's names. */
import type { FlagTable, FlagValues } from '../client/component/flags.ts';
import { aggregatorFlags } from './aggregator/flags.ts';
import { auditFlags } from './audit/flags.ts';
import { authenticationFlags } from './authn/flags.ts';
import { encryptionFlags } from './storage/encryption/flags.ts';

export const flags = {
  'bind-address': { type: 'string', default: '0.0.0.0', help: 'The IP address on which to listen.' },
  'secure-port': { type: 'int', default: '6443', help: 'The port on which to serve HTTPS.' },
  'advertise-address': {
    type: 'string',
    help: 'The IP address at which other parts of the cluster reach this server; default the bind address.',
  },
  'etcd-servers': {
    type: 'string',
    default: 'http://127.0.0.1:2379',
    help: 'The store: unix:///path, http://host:port or https://host:port; ours, or a real etcd.',
  },
  'etcd-cafile': { type: 'string', help: 'CA file that verifies the certificate of the store.' },
  'etcd-certfile': { type: 'string', help: 'Client certificate file for the store.' },
  'etcd-keyfile': { type: 'string', help: 'Key file of the client certificate for the store.' },
  ...encryptionFlags,
  'tls-cert-file': { type: 'string', help: "The server's certificate." },
  'tls-private-key-file': { type: 'string', help: "The key of the server's certificate." },
  ...authenticationFlags,
  ...aggregatorFlags,
  'kubelet-client-certificate': { type: 'string', help: 'Client certificate file for the kubelets.' },
  'kubelet-client-key': { type: 'string', help: 'Key file of the client certificate for the kubelets.' },
  'kubelet-certificate-authority': { type: 'string', help: 'CA file that verifies the certificates of the kubelets.' },
  'kubelet-timeout': { type: 'duration', default: '5s', help: 'How long connecting to a kubelet may take.' },
  'authorization-mode': {
    type: 'list',
    default: 'Node,RBAC',
    help: 'Who decides what a user may do, in the order in which they are asked: AlwaysAllow, AlwaysDeny, Node, RBAC.',
  },
  'enable-admission-plugins': {
    type: 'list',
    default: '',
    help: 'Admission plugins that must be on. All that this server has are on unless they are disabled.',
  },
  'disable-admission-plugins': { type: 'list', default: '', help: 'Admission plugins that are off.' },
  'admission-control-config-file': { type: 'string', help: 'File with the configuration of single admission plugins.' },
  ...auditFlags,
  'service-cluster-ip-range': {
    type: 'string',
    default: '10.96.0.0/16',
    help: 'CIDR from which Services get their cluster IPs.',
  },
  'service-node-port-range': {
    type: 'string',
    default: '30000-32767',
    help: 'Ports that Services may have on every node.',
  },
  'enable-priority-and-fairness': {
    type: 'bool',
    default: 'true',
    help: 'Share the seats among flows of requests, as FlowSchemas and PriorityLevelConfigurations say; else only limit.',
  },
  'max-requests-inflight': { type: 'int', default: '400', help: 'Reads at a time, 0 for no limit of their own.' },
  'max-mutating-requests-inflight': {
    type: 'int',
    default: '200',
    help: 'Writes at a time, 0 for no limit of their own. With priority and fairness the sum of both counts.',
  },
  'request-timeout': { type: 'duration', default: '1m', help: 'How long a request may take that is not a stream.' },
  'shutdown-delay-duration': {
    type: 'duration',
    default: '0',
    help: 'How long everything is still served after readiness has begun to fail.',
  },
  'shutdown-send-retry-after': {
    type: 'bool',
    default: 'false',
    help: 'While it stops, answer new requests with 429 and Retry-After instead of taking no new connections.',
  },
  'shutdown-watch-termination-grace-period': {
    type: 'duration',
    default: '0',
    help: 'Over how long the ends of watches and other streams are spread when it stops.',
  },
} as const satisfies FlagTable;

export type Flags = FlagValues<typeof flags>;
