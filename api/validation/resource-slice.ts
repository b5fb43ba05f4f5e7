/** Devices that a driver offers. Upstream: pkg/apis/resource/validation (validateResourceSliceSpec) */
import { type FieldError, field } from '../errors.ts';
import { dns1123SubdomainErrors } from '../names.ts';
import type { ResourceSlice } from '../types.ts';
import { unchanged } from './changes.ts';
import { checkName, chosen, duplicates, each } from './checks.ts';
import {
  atMost,
  validateDeviceName,
  validateDriver,
  validatePool,
  validateQualifiedName,
  validateTaint,
} from './devices.ts';
import { validateNodeSelector } from './node-selector.ts';

type Spec = ResourceSlice['spec'];
type Device = NonNullable<Spec['devices']>[number];
type Attribute = NonNullable<Device['attributes']>[string];

const maxDevices = 128;
const maxAttributes = 32;
const maxTaints = 16;
const maxValue = 64;

const places = ['nodeName', 'nodeSelector', 'allNodes', 'perDeviceNodeSelection'] as const;

/** A new or changed slice. Whose devices it lists stays. */
export function validateSlice({ spec = {} as Spec }: ResourceSlice, old: ResourceSlice | undefined): FieldError[] {
  const { driver, pool, devices } = spec;
  return [
    ...validateDriver('spec.driver', driver),
    ...validateResourcePool('spec.pool', pool),
    ...(old
      ? [
          ...unchanged('spec.pool.name', pool?.name, old.spec?.pool?.name),
          ...unchanged('spec.driver', driver, old.spec?.driver),
          ...unchanged('spec.nodeName', spec.nodeName, old.spec?.nodeName),
        ]
      : []),
    ...validatePlace('spec', spec),
    ...each('spec.devices', devices, (path, device) => [
      ...validateDevice(path, device),
      ...validateDevicePlace(path, device, spec.perDeviceNodeSelection ?? false),
    ]),
    ...atMost('spec.devices', devices, maxDevices),
    ...duplicates('spec.devices', devices ?? [], 'name', ({ name }) => name),
    ...each('spec.sharedCounters', spec.sharedCounters, (path, { name, counters }) => [
      ...validateDeviceName(`${path}.name`, name),
      ...validateCounters(`${path}.counters`, counters),
    ]),
    ...duplicates('spec.sharedCounters', spec.sharedCounters ?? [], 'name', ({ name }) => name),
  ];
}

function validateResourcePool(
  path: string,
  { name, resourceSliceCount = 0, generation = 0 }: Partial<Spec['pool']> = {},
) {
  return [
    ...validatePool(`${path}.name`, name),
    ...(resourceSliceCount <= 0
      ? [field.invalid(`${path}.resourceSliceCount`, resourceSliceCount, 'must be greater than zero')]
      : []),
    ...(generation < 0
      ? [field.invalid(`${path}.generation`, generation, 'must be greater than or equal to zero')]
      : []),
  ];
}

/** From which nodes the devices can be reached. */
function validatePlace(path: string, spec: Spec): FieldError[] {
  const { nodeName, nodeSelector, allNodes, perDeviceNodeSelection } = spec;
  const set = chosen(
    {
      nodeName: nodeName || undefined,
      nodeSelector,
      allNodes: allNodes || undefined,
      perDeviceNodeSelection: perDeviceNodeSelection || undefined,
    },
    places,
  );
  const why = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
  const terms = nodeSelector?.nodeSelectorTerms ?? [];
  return [
    ...checkName(`${path}.nodeName`, nodeName, dns1123SubdomainErrors),
    ...(nodeSelector ? validateNodeSelector(`${path}.nodeSelector`, nodeSelector) : []),
    ...(nodeSelector && terms.length !== 1
      ? [field.invalid(`${path}.nodeSelector.nodeSelectorTerms`, terms, 'must have exactly one node selector term')]
      : []),
    ...(set.length === 0 ? [field.required(path, why)] : []),
    ...(set.length > 1
      ? [field.invalid(path, `{${set.map((name) => `\`${name}\``).join(', ')}}`, `${why}, but multiple fields are set`)]
      : []),
  ];
}

function validateDevice(path: string, device: Device): FieldError[] {
  const attributes = Object.entries(device.attributes ?? {});
  const capacities = Object.keys(device.capacity ?? {});
  const count = attributes.length + capacities.length;
  return [
    ...validateDeviceName(`${path}.name`, device.name),
    ...attributes.flatMap(([name, attribute]) => {
      const at = `${path}.attributes[${name}]`;
      return [...validateQualifiedName(at, name), ...validateAttribute(at, attribute)];
    }),
    ...capacities.flatMap((name) => validateQualifiedName(`${path}.capacity[${name}]`, name)),
    ...(count > maxAttributes
      ? [field.invalid(path, count, `the total number of attributes and capacities must not exceed ${maxAttributes}`)]
      : []),
    ...each(`${path}.consumesCounters`, device.consumesCounters, (at, { counterSet, counters }) => [
      ...validateDeviceName(`${at}.counterSet`, counterSet),
      ...validateCounters(`${at}.counters`, counters),
    ]),
    ...duplicates(
      `${path}.consumesCounters`,
      device.consumesCounters ?? [],
      'counterSet',
      ({ counterSet }) => counterSet,
    ),
    ...each(`${path}.taints`, device.taints, validateTaint),
    ...atMost(`${path}.taints`, device.taints, maxTaints),
  ];
}

/** Something that devices of a pool take their share of: at least one of a set, each with a name. */
const validateCounters = (path: string, counters: object | undefined): FieldError[] => {
  const names = Object.keys(counters ?? {});
  return names.length === 0
    ? [field.required(path)]
    : names.flatMap((name) => validateDeviceName(`${path}[${name}]`, name));
};

/** From which nodes one device can be reached, where the slice leaves that to its devices. */
function validateDevicePlace(path: string, device: Device, perDevice: boolean): FieldError[] {
  const { nodeName, nodeSelector, allNodes } = device;
  const set = chosen({ nodeName, nodeSelector, allNodes }, ['nodeName', 'nodeSelector', 'allNodes']);
  if (!perDevice) {
    const why = 'can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
    return set.map((name) => field.forbidden(`${path}.${name}`, why));
  }
  const why =
    'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
  return [
    ...(set.length === 0 ? [field.required(path, why)] : []),
    ...(set.length > 1 ? [field.invalid(path, `{${set.map((name) => `\`${name}\``).join(', ')}}`, why)] : []),
    ...checkName(`${path}.nodeName`, nodeName, dns1123SubdomainErrors),
    ...(nodeSelector ? validateNodeSelector(`${path}.nodeSelector`, nodeSelector) : []),
  ];
}

const semver =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$/;

const values = ['bool', 'int', 'string', 'version', 'bools', 'ints', 'strings', 'versions'];

function validateAttribute(path: string, attribute: Attribute | null): FieldError[] {
  const { string = '', version } = attribute ?? {};
  const set = chosen(attribute ?? {}, values);
  const why = 'exactly one value must be specified';
  return [
    ...(string.length > maxValue ? [field.tooLong(`${path}.string`, maxValue)] : []),
    ...(version === undefined || semver.test(version)
      ? []
      : [field.invalid(`${path}.version`, version, 'must be a string compatible with semver.org spec 2.0.0')]),
    ...((version ?? '').length > maxValue ? [field.tooLong(`${path}.version`, maxValue)] : []),
    ...(set.length === 0 ? [field.required(path, why)] : []),
    ...(set.length > 1 ? [field.invalid(path, attribute, why)] : []),
  ];
}
