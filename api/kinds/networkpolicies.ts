/** NetworkPolicy: who may talk with pods. Upstream: pkg/apis/networking (v1 defaults, ValidateNetworkPolicySpec) */
import { BlockList } from 'node:net';
import { type FieldError, field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import { portNameErrors, portNumberErrors } from '../names.ts';
import { formatLabelSelector } from '../selectors.ts';
import type { NetworkPolicy } from '../types.ts';
import { each, oneOf } from '../validation/checks.ts';
import { type Cidr, cidrErrors, parseCidr } from '../validation/cidr.ts';
import { validateLabelSelector } from '../validation/label-selector.ts';
import { ageColumn, nameColumn, orNone } from './columns.ts';

type Spec = NonNullable<NetworkPolicy['spec']>;
type Peer = NonNullable<NonNullable<Spec['ingress']>[number]['from']>[number];
type Port = NonNullable<NonNullable<Spec['egress']>[number]['ports']>[number];

const directions = ['Egress', 'Ingress'];

export const networkpolicies: Kind<NetworkPolicy> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  singular: 'networkpolicy',
  namespaced: true,
  schema: 'io.k8s.api.networking.v1.NetworkPolicy',
  shortNames: ['netpol'],
  inert: true,
  setDefaults: ({ spec }) => {
    if (!spec) return;
    const rules = [...(spec.ingress ?? []), ...(spec.egress ?? [])];
    for (const port of rules.flatMap(({ ports }) => ports ?? [])) port.protocol ??= 'TCP';
    if ((spec.policyTypes ?? []).length > 0) return;
    spec.policyTypes = ['Ingress', ...((spec.egress ?? []).length > 0 ? ['Egress'] : [])];
  },
  validate: ({ spec = {} }) => [
    ...validateLabelSelector('spec.podSelector', spec.podSelector),
    ...each('spec.ingress', spec.ingress, (path, { ports, from }) => [
      ...each(`${path}.ports`, ports, validatePort),
      ...each(`${path}.from`, from, validatePeer),
    ]),
    ...each('spec.egress', spec.egress, (path, { ports, to }) => [
      ...each(`${path}.ports`, ports, validatePort),
      ...each(`${path}.to`, to, validatePeer),
    ]),
    ...((spec.policyTypes ?? []).length > directions.length
      ? [field.invalid('spec.policyTypes', spec.policyTypes, 'may not specify more than two policyTypes')]
      : each('spec.policyTypes', spec.policyTypes, (path, type) => oneOf(path, type, directions))),
  ],
  columns: [
    nameColumn,
    {
      name: 'Pod-Selector',
      type: 'string',
      description: 'Labels of the pods that it is about.',
      cell: ({ spec }) => formatSelector(spec?.podSelector),
    },
    ageColumn,
  ],
};

function formatSelector(selector: Spec['podSelector']): string {
  try {
    return orNone(formatLabelSelector(selector));
  } catch {
    // As in Kubernetes for a selector that cannot be read.
    return '<error>';
  }
}

function validatePort(path: string, { protocol, port, endPort }: Port): FieldError[] {
  const wrongEnd = (value: unknown, why: string): FieldError[] => [field.invalid(`${path}.endPort`, value, why)];
  const errors = oneOf(`${path}.protocol`, protocol, ['SCTP', 'TCP', 'UDP']);
  if (port === undefined) {
    const why = 'may not be specified when `port` is not specified';
    return endPort === undefined ? errors : [...errors, ...wrongEnd(endPort, why)];
  }
  if (typeof port === 'string') {
    const why = 'may not be specified when `port` is non-numeric';
    return [
      ...errors,
      ...(endPort === undefined ? [] : wrongEnd(endPort, why)),
      ...portNameErrors(port).map((text) => field.invalid(`${path}.port`, port, text)),
    ];
  }
  return [
    ...errors,
    ...portNumberErrors(port).map((why) => field.invalid(`${path}.port`, port, why)),
    ...(endPort !== undefined && endPort < port ? wrongEnd(port, 'must be greater than or equal to `port`') : []),
    ...(endPort === undefined ? [] : portNumberErrors(endPort).flatMap((why) => wrongEnd(endPort, why))),
  ];
}

function validatePeer(path: string, { podSelector, namespaceSelector, ipBlock }: Peer): FieldError[] {
  const peers = [podSelector, namespaceSelector, ipBlock].filter((peer) => peer !== undefined).length;
  return [
    ...validateLabelSelector(`${path}.podSelector`, podSelector),
    ...validateLabelSelector(`${path}.namespaceSelector`, namespaceSelector),
    ...(ipBlock ? validateIpBlock(`${path}.ipBlock`, ipBlock) : []),
    ...(peers === 0 ? [field.required(path, 'must specify a peer')] : []),
    ...(peers > 1 && ipBlock ? [field.forbidden(path, 'may not specify both ipBlock and another peer')] : []),
  ];
}

function validateIpBlock(path: string, { cidr, except }: NonNullable<Peer['ipBlock']>): FieldError[] {
  if (!cidr) return [field.required(`${path}.cidr`)];
  const whole = parseCidr(cidr);
  if (!whole) return cidrErrors(`${path}.cidr`, cidr);
  return each(`${path}.except`, except, (at, text) => {
    const part = parseCidr(text);
    if (!part) return cidrErrors(at, text);
    return isStrictlyWithin(part, whole) ? [] : [field.invalid(at, text, 'must be a strict subset of `cidr`')];
  });
}

function isStrictlyWithin(part: Cidr, whole: Cidr): boolean {
  if (part.family !== whole.family || part.prefix <= whole.prefix) return false;
  const blocks = new BlockList();
  blocks.addSubnet(whole.address, whole.prefix, whole.family);
  return blocks.check(part.address, part.family);
}
