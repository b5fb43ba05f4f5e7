/**
 * CSIDriver: what a storage driver can do, and what is to be done for it.
 * Upstream: pkg/registry/storage/csidriver/strategy.go, pkg/apis/storage (v1 defaults, validation)
 */
import { type FieldError, field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import { isEqual } from '../patch/json.ts';
import type { CSIDriver } from '../types.ts';
import { unchanged } from '../validation/changes.ts';
import { oneOf, required } from '../validation/checks.ts';
import { ageColumn, nameColumn, orNone } from './columns.ts';

type Spec = CSIDriver['spec'];

const fsGroupPolicies = ['File', 'None', 'ReadWriteOnceWithFSType'];
const lifecycleModes = ['Persistent', 'Ephemeral'];
/** A change of one of these counts as one of what is wanted. */
const counted = [
  'tokenRequests',
  'requiresRepublish',
  'seLinuxMount',
  'nodeAllocatableUpdatePeriodSeconds',
  'serviceAccountTokenInSecrets',
  'preventPodSchedulingIfMissing',
] as const;

export const csidrivers: Kind<CSIDriver> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIDriver',
  plural: 'csidrivers',
  singular: 'csidriver',
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.CSIDriver',
  generation: false,
  versionedUpdate: true,
  inert: true,
  setDefaults: (driver) => {
    driver.spec ??= {};
    const { spec } = driver;
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
    if ((spec.volumeLifecycleModes ?? []).length === 0) spec.volumeLifecycleModes = ['Persistent'];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
  },
  validate: ({ spec }, old) => [...validateSpec(spec), ...(old ? validateUpdate(spec, old.spec) : [])],
  strategy: {
    prepareForUpdate: (driver, old) => {
      if (counted.every((name) => isEqual(driver.spec[name], old.spec[name]))) return;
      driver.metadata.generation = (old.metadata.generation ?? 0) + 1;
    },
  },
  columns: [
    nameColumn,
    {
      name: 'AttachRequired',
      type: 'boolean',
      description: 'Whether volumes are attached to a node before they are mounted.',
      cell: ({ spec }) => spec?.attachRequired ?? true,
    },
    {
      name: 'PodInfoOnMount',
      type: 'boolean',
      description: 'Whether the driver is told which pod it mounts for.',
      cell: ({ spec }) => spec?.podInfoOnMount ?? false,
    },
    {
      name: 'StorageCapacity',
      type: 'boolean',
      description: 'Whether pods go only where it has told of enough room.',
      cell: ({ spec }) => spec?.storageCapacity ?? false,
    },
    {
      name: 'TokenRequests',
      type: 'string',
      description: 'Audiences of the tokens that it gets.',
      cell: ({ spec }) => spec?.tokenRequests?.map(({ audience }) => audience).join(',') ?? '<unset>',
    },
    {
      name: 'RequiresRepublish',
      type: 'boolean',
      description: 'Whether it is told of a mounted volume again and again.',
      cell: ({ spec }) => spec?.requiresRepublish ?? false,
    },
    {
      name: 'Modes',
      type: 'string',
      description: 'Whether volumes live longer than pods.',
      cell: ({ spec }) => orNone(spec?.volumeLifecycleModes?.join(',')),
    },
    ageColumn,
  ],
};

function validateSpec(spec: Spec): FieldError[] {
  const period = spec.nodeAllocatableUpdatePeriodSeconds;
  return [
    ...required('spec.attachedRequired', spec.attachRequired),
    ...required('spec.podInfoOnMount', spec.podInfoOnMount),
    ...required('spec.storageCapacity', spec.storageCapacity),
    ...oneOf('spec.fsGroupPolicy', spec.fsGroupPolicy, fsGroupPolicies),
    ...validateTokenRequests('spec.tokenRequests', spec.tokenRequests ?? []),
    ...(spec.volumeLifecycleModes ?? []).flatMap((mode) => oneOf('spec.volumeLifecycleModes', mode, lifecycleModes)),
    ...required('spec.seLinuxMount', spec.seLinuxMount),
    ...(period !== undefined && period < 10
      ? [
          field.invalid(
            'spec.nodeAllocatableUpdatePeriodSeconds',
            period,
            'must be greater than or equal to 10 seconds',
          ),
        ]
      : []),
    ...(spec.serviceAccountTokenInSecrets !== undefined && (spec.tokenRequests ?? []).length === 0
      ? [
          field.invalid(
            'spec.serviceAccountTokenInSecrets',
            spec.serviceAccountTokenInSecrets,
            'serviceAccountTokenInSecrets must be unset if tokenRequests is empty',
          ),
        ]
      : []),
  ];
}

/** One token for each audience, which lives at least ten minutes. */
function validateTokenRequests(path: string, requests: NonNullable<Spec['tokenRequests']>): FieldError[] {
  const seen = new Set<string>();
  return requests.flatMap(({ audience = '', expirationSeconds: seconds }, i) => {
    if (seen.has(audience)) return [field.duplicate(`${path}[${i}].audience`, audience)];
    seen.add(audience);
    const wrong = (why: string): FieldError[] => [field.invalid(`${path}[${i}].expirationSeconds`, seconds, why)];
    if (seconds === undefined) return [];
    if (seconds < 600) return wrong('may not specify a duration less than 10 minutes');
    return seconds > 2 ** 32 ? wrong('may not specify a duration larger than 2^32 seconds') : [];
  });
}

const validateUpdate = (spec: Spec, old: Spec): FieldError[] => [
  ...unchanged('spec.attachedRequired', spec.attachRequired, old.attachRequired),
  ...unchanged('spec.volumeLifecycleModes', spec.volumeLifecycleModes, old.volumeLifecycleModes),
];
