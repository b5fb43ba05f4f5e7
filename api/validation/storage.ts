/**
 * What volumes, claims on them and their classes have in common.
 * Upstream: pkg/apis/core/validation, pkg/apis/core/v1/helper, pkg/apis/storage/validation
 */
import { type FieldError, field } from '../errors.ts';
import { qualifiedNameErrors } from '../names.ts';
import type { KubeObject } from '../types.ts';

/** Modes and their short forms, in the order in which tables list them. */
const accessModes = new Map([
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
]);

export const volumeModes = ['Block', 'Filesystem'];

/** `RWO,ROX` */
export const formatAccessModes = (modes: readonly string[] | undefined): string =>
  [...accessModes]
    .filter(([mode]) => modes?.includes(mode))
    .map(([, short]) => short)
    .join(',');

/** Where the class stood before there was a field for it. */
export const classAnnotation = 'volume.beta.kubernetes.io/storage-class';

/** The name of the class, by whichever way it was given. */
export const storageClassOf = ({ metadata, spec }: KubeObject & { spec?: { storageClassName?: string } }): string =>
  metadata.annotations?.[classAnnotation] ?? spec?.storageClassName ?? '';

/** At least one mode, each known, and the exclusive one by itself. */
export function validateAccessModes(path: string, modes: readonly string[] | undefined, why = ''): FieldError[] {
  const known = (modes ?? []).filter((mode) => accessModes.has(mode));
  return [
    ...((modes ?? []).length === 0 ? [field.required(path, why)] : []),
    ...(modes ?? [])
      .filter((mode) => !accessModes.has(mode))
      .map((mode) => field.notSupported(path, mode, [...accessModes.keys()])),
    ...(known.includes('ReadWriteOncePod') && known.some((mode) => mode !== 'ReadWriteOncePod')
      ? [field.forbidden(path, 'may not use ReadWriteOncePod with other access modes')]
      : []),
  ];
}

/** The name of a plugin that makes volumes, or changes them. */
export const validateProvisioner = (path: string, name: string | undefined): FieldError[] =>
  name ? qualifiedNameErrors(name.toLowerCase()).map((why) => field.invalid(path, name, why)) : [field.required(path)];

const maxParameters = 512;
const maxParameterBytes = 256 * 1024;

/** What such a plugin is told. */
export function validateParameters(path: string, parameters: Record<string, string>): FieldError[] {
  const entries = Object.entries(parameters);
  const size = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  return [
    ...(entries.length > maxParameters ? [field.tooLong(path, maxParameters)] : []),
    ...entries.filter(([key]) => key === '').map(([key]) => field.invalid(path, key, 'field can not be empty.')),
    ...(size > maxParameterBytes ? [field.tooLong(path, maxParameterBytes)] : []),
  ];
}
