/** EndpointSlice: the addresses behind a Service, a hundred a slice. Upstream: pkg/apis/discovery/validation */
import { type FieldError, field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import {
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  ipErrors,
  labelValueErrors,
  portNumberErrors,
  qualifiedNameErrors,
} from '../names.ts';
import type { Endpoint, EndpointSlice } from '../types.ts';
import { unchanged } from '../validation/changes.ts';
import { checkName, duplicates, each, requireName, requireOneOf } from '../validation/checks.ts';
import { ageColumn, nameColumn } from './columns.ts';
import { validateAddress } from './endpoints.ts';

const maxEndpoints = 1000;
const maxPorts = 20_000;
const maxAddresses = 100;
const maxHints = 8;
/** Tables show so many ports and addresses. */
const shown = 3;

export const endpointslices: Kind<EndpointSlice> = {
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  singular: 'endpointslice',
  namespaced: true,
  schema: 'io.k8s.api.discovery.v1.EndpointSlice',
  generation: 'all',
  setDefaults: (slice) => {
    for (const port of slice.ports ?? []) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
  },
  validate: (slice, old) => [
    ...requireOneOf('addressType', slice.addressType, ['FQDN', 'IPv4', 'IPv6']),
    ...atMost('endpoints', slice.endpoints, maxEndpoints),
    ...each('endpoints', slice.endpoints, (path, endpoint) => validateEndpoint(path, endpoint, slice.addressType)),
    ...validatePorts(slice.ports ?? []),
    ...(old ? unchanged('addressType', slice.addressType, old.addressType) : []),
  ],
  columns: [
    nameColumn,
    {
      name: 'AddressType',
      type: 'string',
      description: 'What the addresses are: IPv4, IPv6 or names.',
      cell: (slice) => slice.addressType ?? '',
    },
    { name: 'Ports', type: 'string', description: 'Ports that all of them serve.', cell: formatPorts },
    { name: 'Endpoints', type: 'string', description: 'Addresses, ready or not.', cell: formatEndpoints },
    ageColumn,
  ],
};

const atMost = (path: string, items: unknown[] | undefined, max: number): FieldError[] =>
  items && items.length > max ? [field.tooMany(path, items.length, max)] : [];

function validateEndpoint(path: string, endpoint: Endpoint, type: string): FieldError[] {
  const addresses = endpoint.addresses ?? [];
  return [
    ...(addresses.length === 0 ? [field.required(`${path}.addresses`, 'must contain at least 1 address')] : []),
    ...atMost(`${path}.addresses`, addresses, maxAddresses),
    ...each(`${path}.addresses`, addresses, (at, address) => {
      if (type === 'FQDN') return checkName(at, address, dns1123SubdomainErrors);
      const family = address.includes(':') ? 'IPv6' : 'IPv4';
      const errors = ipErrors(address).map((why) => field.invalid(at, address, why));
      if (errors.length > 0) return errors;
      if (family !== type) return [field.invalid(at, address, `must be a valid ${type} address`)];
      return validateAddress(at, address);
    }),
    ...checkName(`${path}.nodeName`, endpoint.nodeName, dns1123SubdomainErrors),
    ...checkName(`${path}.hostname`, endpoint.hostname, dns1123LabelErrors),
    ...validateHints(`${path}.hints`, endpoint.hints),
  ];
}

/** For which zones and nodes the endpoint is meant. */
const validateHints = (path: string, hints: Endpoint['hints']): FieldError[] => [
  ...each(`${path}.forZones`, hints?.forZones, (at, { name }) => requireName(`${at}.name`, name, labelValueErrors)),
  ...duplicates(`${path}.forZones`, hints?.forZones ?? [], 'name', ({ name }) => name),
  ...atMost(`${path}.forZones`, hints?.forZones, maxHints),
  ...each(`${path}.forNodes`, hints?.forNodes, (at, { name }) =>
    requireName(`${at}.name`, name, dns1123SubdomainErrors),
  ),
  ...duplicates(`${path}.forNodes`, hints?.forNodes ?? [], 'name', ({ name }) => name),
  ...atMost(`${path}.forNodes`, hints?.forNodes, maxHints),
];

function validatePorts(ports: NonNullable<EndpointSlice['ports']>): FieldError[] {
  const names = new Set<string>();
  return [
    ...atMost('ports', ports, maxPorts),
    ...each('ports', ports, (path, { name = '', port, protocol, appProtocol }) => {
      const repeated = names.has(name);
      names.add(name);
      return [
        ...checkName(`${path}.name`, name, dns1123LabelErrors),
        ...(repeated ? [field.duplicate(`${path}.name`, name)] : []),
        ...(port === undefined ? [] : portNumberErrors(port).map((why) => field.invalid(`${path}.port`, port, why))),
        ...requireOneOf(`${path}.protocol`, protocol, ['SCTP', 'TCP', 'UDP']),
        ...checkName(`${path}.appProtocol`, appProtocol, qualifiedNameErrors),
      ];
    }),
  ];
}

function formatPorts({ ports = [] }: EndpointSlice): string {
  return formatSome(ports.map(({ port, name }) => String(port ?? (name || '*'))));
}

function formatEndpoints({ endpoints = [] }: EndpointSlice): string {
  return formatSome(endpoints.flatMap((endpoint) => endpoint.addresses));
}

function formatSome(texts: string[]): string {
  if (texts.length === 0) return '<unset>';
  const first = texts.slice(0, shown).join(',');
  return texts.length > shown ? `${first} + ${texts.length - shown} more...` : first;
}
