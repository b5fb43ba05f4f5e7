/** Endpoints: the addresses behind a Service, in the old form. Upstream: pkg/apis/core/validation (ValidateEndpoints) */
import { isIP } from 'node:net';
import { type FieldError, field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import { dns1123LabelErrors, ipErrors, portNumberErrors } from '../names.ts';
import type { Endpoints } from '../types.ts';
import { checkName, each, requireName, requireOneOf } from '../validation/checks.ts';
import { ageColumn, nameColumn, orNone } from './columns.ts';

type Subset = NonNullable<Endpoints['subsets']>[number];

/** Tables show so many addresses. */
const shownAddresses = 3;

export const endpoints: Kind<Endpoints> = {
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  singular: 'endpoints',
  namespaced: true,
  storagePrefix: 'services/endpoints',
  schema: 'io.k8s.api.core.v1.Endpoints',
  createOnUpdate: true,
  shortNames: ['ep'],
  deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  generation: false,
  setDefaults: (object) => {
    for (const port of (object.subsets ?? []).flatMap((subset) => subset.ports ?? [])) port.protocol ||= 'TCP';
  },
  validate: ({ subsets }) => each('subsets', subsets, validateSubset),
  columns: [
    nameColumn,
    { name: 'Endpoints', type: 'string', description: 'Ready addresses and ports.', cell: formatEndpoints },
    ageColumn,
  ],
};

const validateSubset = (path: string, { addresses = [], notReadyAddresses = [], ports = [] }: Subset): FieldError[] => [
  ...(addresses.length + notReadyAddresses.length === 0
    ? [field.required(path, 'must specify `addresses` or `notReadyAddresses`')]
    : []),
  ...each(`${path}.addresses`, addresses, (at, { ip }) => validateAddress(`${at}.ip`, ip)),
  ...each(`${path}.notReadyAddresses`, notReadyAddresses, (at, { ip }) => validateAddress(`${at}.ip`, ip)),
  ...each(`${path}.ports`, ports, (at, port) => [
    ...(ports.length > 1
      ? requireName(`${at}.name`, port.name, dns1123LabelErrors)
      : checkName(`${at}.name`, port.name, dns1123LabelErrors)),
    ...portNumberErrors(port.port).map((why) => field.invalid(`${at}.port`, port.port, why)),
    ...requireOneOf(`${at}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']),
  ]),
];

/** An address that traffic can be sent to: not of this machine, not of a link. */
export function validateAddress(path: string, ip: string): FieldError[] {
  const errors = ipErrors(ip).map((why) => field.invalid(path, ip, why));
  if (errors.length > 0) return errors;
  if (ip === '0.0.0.0' || ip === '::') return [field.invalid(path, ip, 'may not be unspecified (0.0.0.0 or ::)')];
  if (ip.startsWith('127.') || ip === '::1') {
    return [field.invalid(path, ip, 'may not be in the loopback range (127.0.0.0/8, ::1/128)')];
  }
  if (ip.startsWith('169.254.') || (isIP(ip) === 6 && /^fe[89ab]/i.test(ip))) {
    return [field.invalid(path, ip, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)')];
  }
  return [];
}

function formatEndpoints({ subsets }: Endpoints): string {
  const all = (subsets ?? []).flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) => addresses.map(({ ip }) => (isIP(ip) === 6 ? `[${ip}]:${port}` : `${ip}:${port}`))),
  );
  const shown = all.slice(0, shownAddresses).join(',');
  return all.length > shownAddresses ? `${shown} + ${all.length - shownAddresses} more...` : orNone(shown);
}
