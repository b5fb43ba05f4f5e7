/** Columns that most kinds share, and how their cells show a missing value. */
import { age } from '../age.ts';
import type { Column } from '../kind.ts';
import { formatLabelSelector } from '../selectors.ts';
import type { KubeObject, LabelSelector, PersistentVolume, PersistentVolumeClaim } from '../types.ts';

/** The column that identifies the row. */
export const nameColumn: Column<KubeObject> = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name of the object, unique within its namespace.',
  cell: (object) => object.metadata.name ?? '',
};

/** Time since the object was created. */
export const ageColumn: Column<KubeObject> = {
  name: 'Age',
  type: 'string',
  description: 'Time since the object was created.',
  cell: (object, now) => age(object.metadata.creationTimestamp, now),
};

/** What a volume, or a claim on one, is to its container. */
export const volumeModeColumn: Column<PersistentVolume | PersistentVolumeClaim> = {
  name: 'VolumeMode',
  type: 'string',
  priority: 1,
  description: 'Files, or a raw block device.',
  cell: ({ spec }) => spec?.volumeMode ?? '<unset>',
};

/** The text, or `<none>` as tables print an empty value. */
export const orNone = (text: string | undefined): string => text || '<none>';

/** `key=value,...` in key order; `<none>` when there is none. */
export const formatLabels = (labels: Record<string, string> | undefined): string =>
  orNone(
    Object.keys(labels ?? {})
      .sort()
      .map((key) => `${key}=${labels![key]}`)
      .join(','),
  );

interface Replicated {
  spec?: { replicas?: number };
  status?: { replicas?: number; readyReplicas?: number };
}

/** Columns of what keeps a number of equal pods. */
export const replicaColumns = <T extends Replicated>(): Column<T>[] => [
  {
    name: 'Desired',
    type: 'integer',
    description: 'How many pods there should be.',
    cell: ({ spec }) => spec?.replicas ?? 0,
  },
  { name: 'Current', type: 'integer', description: 'How many there are.', cell: ({ status }) => status?.replicas ?? 0 },
  {
    name: 'Ready',
    type: 'integer',
    description: 'How many of them are ready.',
    cell: ({ status }) => status?.readyReplicas ?? 0,
  },
];

/** The column of a workload's selector, shown by `-o wide`. */
export const selectorColumn = <T>(selector: (object: T) => LabelSelector | undefined): Column<T> => ({
  name: 'Selector',
  type: 'string',
  priority: 1,
  description: 'Labels of the pods that belong to it.',
  cell: (object) => formatSelectorCell(selector(object)),
});

/** The selector's text. One that cannot be read is what Kubernetes prints for it: one bad object does not hide the others. */
export function formatSelectorCell(selector: LabelSelector | undefined): string {
  try {
    return orNone(formatLabelSelector(selector));
  } catch {
    return '<error>';
  }
}

/** Columns of the containers of a pod template, shown by `-o wide`. */
export const containerColumns = <T>(
  containers: (object: T) => { name: string; image?: string }[] | undefined,
): Column<T>[] => [
  {
    name: 'Containers',
    type: 'string',
    priority: 1,
    description: 'Names of each container in the template.',
    cell: (object) => (containers(object) ?? []).map((c) => c.name).join(','),
  },
  {
    name: 'Images',
    type: 'string',
    priority: 1,
    description: 'Images referenced by each container in the template.',
    cell: (object) => (containers(object) ?? []).map((c) => c.image ?? '').join(','),
  },
];

/** `True`, `False`, or `<unset>`. */
export const formatBoolean = (value: boolean | undefined): string =>
  value === undefined ? '<unset>' : value ? 'True' : 'False';
