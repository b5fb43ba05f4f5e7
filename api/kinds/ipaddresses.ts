/**
 * IPAddress: an address of the Services' ranges that is taken, and by what. Its name is the address.
 * Upstream: pkg/registry/networking/ipaddress/strategy.go, pkg/apis/networking/validation (ValidateIPAddress)
 */
import { isIP, SocketAddress } from 'node:net';
import { type FieldError, field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import { dns1123SubdomainErrors, pathSegmentErrors } from '../names.ts';
import type { IPAddress } from '../types.ts';
import { unchanged } from '../validation/changes.ts';
import { checkName, requireName } from '../validation/checks.ts';
import { ageColumn, nameColumn, orNone } from './columns.ts';

type Parent = IPAddress['spec']['parentRef'];

export const ipaddresses: Kind<IPAddress> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  plural: 'ipaddresses',
  singular: 'ipaddress',
  namespaced: false,
  schema: 'io.k8s.api.networking.v1.IPAddress',
  shortNames: ['ip'],
  // `2001:db8::1` is no subdomain; what an address is, the rules below say.
  nameRule: 'path-segment',
  generation: false,
  inert: true,
  validate: ({ metadata, spec }, old) => [
    ...addressErrors(metadata.name ?? ''),
    ...(spec?.parentRef ? validateParent('spec.parentRef', spec.parentRef) : [field.required('spec.parentRef')]),
    ...(old ? unchanged('spec.parentRef', spec?.parentRef, old.spec?.parentRef) : []),
  ],
  columns: [
    nameColumn,
    {
      name: 'ParentRef',
      type: 'string',
      description: 'What has the address.',
      cell: ({ spec }) => orNone(spec?.parentRef && formatParent(spec.parentRef)),
    },
    ageColumn,
  ],
};

function addressErrors(name: string): FieldError[] {
  const family = isIP(name);
  const wrong = (why: string): FieldError[] => [field.invalid('metadata.name', name, why)];
  if (family === 0) return wrong(`ParseAddr(${JSON.stringify(name)}): unable to parse IP`);
  const canonical = family === 4 ? name : new SocketAddress({ address: name, family: 'ipv6' }).address;
  return canonical === name ? [] : wrong('must be a canonical format IP address');
}

const validateParent = (path: string, { group, resource, namespace, name }: Partial<Parent>): FieldError[] => [
  ...checkName(`${path}.group`, group, dns1123SubdomainErrors),
  ...requireName(`${path}.resource`, resource, pathSegmentErrors),
  ...requireName(`${path}.name`, name, pathSegmentErrors),
  ...checkName(`${path}.namespace`, namespace, pathSegmentErrors),
];

/** `services/default/web` */
const formatParent = ({ group, resource = '', namespace, name = '' }: Partial<Parent>): string =>
  [group ? `${resource}.${group}` : resource, ...(namespace ? [namespace] : []), name].join('/');
