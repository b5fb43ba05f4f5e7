/**
 * The kubelet's flags: the real kubelet's names and defaults, and a few of minik's own, whose help says so.
 *
 * Upstream: cmd/kubelet/app/options/options.go
 */
import type { FlagTable } from '../client/component/flags.ts';
import { connectFlags } from '../client/connect.ts';
import { defaultPauseImage } from './runtime/docker/pause-image.ts';

export const kubeletFlags = {
  ...connectFlags,
  'hostname-override': { type: 'string', help: "Name of the node; the machine's host name when not given." },
  'node-ip': { type: 'string', default: '127.0.0.1', help: 'Address of the node.' },
  'root-dir': {
    type: 'string',
    default: '/var/lib/kubelet',
    help: 'Directory for the files of pods, such as volumes.',
  },
  address: { type: 'string', help: "Address to serve on; the node's own when not given." },
  port: { type: 'int', default: '10250', help: 'Port to serve HTTPS on.' },
  'tls-cert-file': { type: 'string', help: 'Certificate of the HTTPS server.' },
  'tls-private-key-file': { type: 'string', help: 'Key of the certificate.' },
  'rotate-server-certificates': {
    type: 'bool',
    default: 'false',
    help: 'Without --tls-cert-file: ask the cluster for the certificate, and for the next before it ends. Somebody must approve.',
  },
  'bootstrap-kubeconfig': {
    type: 'string',
    help: 'Credentials with which to ask for a client certificate, when --kubeconfig does not exist yet; it is written then.',
  },
  'rotate-certificates': {
    type: 'bool',
    default: 'false',
    help: 'Ask for the next client certificate before the current one ends.',
  },
  'cert-dir': {
    type: 'string',
    help: 'Directory for the certificates that were asked for; pki in --root-dir when not given.',
  },
  'client-ca-file': { type: 'string', help: 'CA of the client certificates of callers. Without it none counts.' },
  'anonymous-auth': {
    type: 'bool',
    default: 'false',
    help: 'Whoever shows neither certificate nor token is system:anonymous, instead of being refused.',
  },
  'authentication-token-webhook': {
    type: 'bool',
    default: 'true',
    help: 'Ask the API server, by TokenReview, whose token a caller shows.',
  },
  'authentication-token-webhook-cache-ttl': {
    type: 'duration',
    default: '2m',
    help: 'How long what it answered is believed.',
  },
  'authorization-mode': {
    type: 'string',
    default: 'Webhook',
    choices: ['AlwaysAllow', 'Webhook'],
    help: 'Who decides what a caller may do: Webhook asks the API server, by SubjectAccessReview.',
  },
  'authorization-webhook-cache-authorized-ttl': {
    type: 'duration',
    default: '5m',
    help: 'How long a permission is believed.',
  },
  'authorization-webhook-cache-unauthorized-ttl': {
    type: 'duration',
    default: '30s',
    help: 'How long a refusal is believed.',
  },
  'healthz-bind-address': { type: 'string', help: "Address for health and metrics; the node's own when not given." },
  'healthz-port': {
    type: 'int',
    default: '10248',
    help: 'Port for health and metrics over plain HTTP; 0 turns it off.',
  },
  'streaming-connection-idle-timeout': {
    type: 'duration',
    default: '4h',
    help: 'How long a connection of exec, attach or port-forward may be silent before it is closed; 0 for ever.',
  },
  'cluster-dns': {
    type: 'list',
    default: '',
    help: "Addresses of the cluster's DNS, for pods with dnsPolicy ClusterFirst.",
  },
  'cluster-domain': { type: 'string', default: 'cluster.local', help: 'Domain of the cluster.' },
  'resolv-conf': {
    type: 'string',
    default: '/etc/resolv.conf',
    help: 'The resolver configuration that pods start from.',
  },
  'max-pods': { type: 'int', default: '110', help: 'Number of pods that can run here.' },
  'node-labels': { type: 'list', default: '', help: 'Labels to register the node with: key=value.' },
  'register-with-taints': { type: 'list', default: '', help: 'Taints to register the node with: key=value:Effect.' },
  'register-node': { type: 'bool', default: 'true', help: 'Make the node object when there is none.' },
  'node-status-update-frequency': {
    type: 'duration',
    default: '10s',
    help: 'How often the status of the node is computed.',
  },
  'node-status-report-frequency': {
    type: 'duration',
    default: '5m',
    help: 'How often the status of the node is written although it did not change.',
  },
  'node-lease-duration-seconds': {
    type: 'int',
    default: '40',
    help: 'How long the lease of the node lasts; it is renewed every quarter.',
  },
  'container-runtime': {
    type: 'string',
    default: 'docker',
    choices: ['docker', 'fake'],
    help: "What runs containers; minik's own flag. fake only simulates them.",
  },
  'container-runtime-endpoint': {
    type: 'string',
    default: '',
    help: "Where the runtime listens: unix:///var/run/docker.sock, tcp://host:port. Docker's default when not given.",
  },
  'pod-infra-container-image': {
    type: 'string',
    default: defaultPauseImage,
    help: 'Image of sandboxes; the default is made when missing.',
  },
  'docker-network': {
    type: 'string',
    help: "Docker network of the pods, made when missing; the cluster's name when not given; minik's own flag.",
  },
  'cluster-cidr': {
    type: 'string',
    default: '10.244.0.0/16',
    help: "Range of the pods of all nodes; minik's own flag.",
  },
  'cluster-name': {
    type: 'string',
    default: 'minik',
    help: "Tells the containers of clusters on one Docker engine apart; minik's own flag.",
  },
} as const satisfies FlagTable;
