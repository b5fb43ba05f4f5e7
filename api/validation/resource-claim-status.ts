/** What a ResourceClaim got, and who uses it. Upstream: pkg/apis/resource/validation (validateResourceClaimStatusUpdate) */
import { type FieldError, field } from '../errors.ts';
import { isEqual } from '../patch/json.ts';
import type { ResourceClaim } from '../types.ts';
import { unchanged } from './changes.ts';
import { duplicates, each, required, requireOneOf } from './checks.ts';
import { validateConditions } from './conditions.ts';
import {
  atMost,
  maxItems,
  validateConfiguration,
  validateDeviceName,
  validateDriver,
  validateParameters,
  validatePool,
  validateSet,
} from './devices.ts';
import { validateNodeSelector } from './node-selector.ts';
import { validateRequestReference } from './resource-claim.ts';

type Status = NonNullable<ResourceClaim['status']>;
type Allocation = NonNullable<Status['allocation']>;
type Claim = NonNullable<ResourceClaim['spec']['devices']>;
type Identity = { driver: string; pool: string; device: string; shareID?: string };

const maxConsumers = 256;
const maxConditions = 8;
const maxAddresses = 16;
const maxInterfaceName = 256;
const maxHardwareAddress = 128;

const deviceId = ({ driver, pool, device, shareID }: Identity): string =>
  [driver, pool, device, ...(shareID ? [shareID] : [])].join('/');

/** An update of the status. What is allocated stays as it is until it is given back. */
export function validateClaimStatus(claim: ResourceClaim, old: ResourceClaim): FieldError[] {
  const status = claim.status ?? {};
  const { reservedFor = [], allocation } = status;
  const added = reservedFor.some((one) => !old.status?.reservedFor?.some((other) => isEqual(one, other)));
  return [
    ...each('status.reservedFor', reservedFor, (path, consumer) =>
      (['resource', 'name', 'uid'] as const).flatMap((name) => required(`${path}.${name}`, consumer[name])),
    ),
    ...atMost('status.reservedFor', reservedFor, maxConsumers),
    ...duplicates('status.reservedFor', reservedFor, 'uid', ({ uid }) => uid),
    ...validateDevices('status.devices', status),
    ...(reservedFor.length > 0 && !allocation
      ? [field.forbidden('status.reservedFor', 'may not be specified when `allocated` is not set')]
      : []),
    ...(allocation && added && claim.metadata.deletionTimestamp
      ? [
          field.forbidden(
            'status.reservedFor',
            'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set',
          ),
        ]
      : []),
    ...(allocation && old.status?.allocation
      ? unchanged('status.allocation', allocation, old.status.allocation)
      : allocation
        ? validateAllocation('status.allocation', allocation, claim.spec?.devices ?? {})
        : []),
  ];
}

function validateAllocation(path: string, { devices = {}, nodeSelector }: Allocation, claim: Claim): FieldError[] {
  const { results, config } = devices;
  return [
    ...each(`${path}.devices.results`, results, (at, result) => [
      ...validateRequestReference(`${at}.request`, result.request ?? '', claim),
      ...validateIdentity(at, result),
    ]),
    ...atMost(`${path}.devices.results`, results, maxItems),
    ...each(`${path}.devices.config`, config, (at, one) => [
      ...requireOneOf(`${at}.source`, one.source, ['FromClaim', 'FromClass']),
      ...validateSet(`${at}.requests`, one.requests, maxItems, (where, name) =>
        validateRequestReference(where, name, claim),
      ),
      ...validateConfiguration(at, one),
    ]),
    ...atMost(`${path}.devices.config`, config, 2 * maxItems),
    ...(nodeSelector ? validateNodeSelector(`${path}.nodeSelector`, nodeSelector) : []),
  ];
}

const validateIdentity = (path: string, { driver, pool, device }: Partial<Identity>): FieldError[] => [
  ...validateDriver(`${path}.driver`, driver),
  ...validatePool(`${path}.pool`, pool),
  ...validateDeviceName(`${path}.device`, device),
];

/** What drivers say of the devices that are allocated. */
function validateDevices(path: string, { devices, allocation }: Status): FieldError[] {
  const allocated = new Set((allocation?.devices?.results ?? []).map(deviceId));
  return [
    ...each(path, devices, (at, device) => [
      ...validateIdentity(at, device),
      ...(allocated.has(deviceId(device))
        ? []
        : [field.invalid(at, deviceId(device), 'must be an allocated device in the claim')]),
      ...atMost(`${at}.conditions`, device.conditions, maxConditions),
      ...validateConditions(`${at}.conditions`, device.conditions),
      ...(device.data === undefined ? [] : validateParameters(`${at}.data`, device.data)),
      ...validateNetwork(`${at}.networkData`, device.networkData),
    ]),
    ...duplicates(path, devices ?? [], 'deviceID', deviceId),
  ];
}

function validateNetwork(path: string, network: NonNullable<Status['devices']>[number]['networkData']): FieldError[] {
  const { interfaceName = '', hardwareAddress = '', ips } = network ?? {};
  return [
    ...(interfaceName.length > maxInterfaceName ? [field.tooLong(`${path}.interfaceName`, maxInterfaceName)] : []),
    ...(hardwareAddress.length > maxHardwareAddress
      ? [field.tooLong(`${path}.hardwareAddress`, maxHardwareAddress)]
      : []),
    ...validateSet(`${path}.ips`, ips, maxAddresses, () => []),
  ];
}
