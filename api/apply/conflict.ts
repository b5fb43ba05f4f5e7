/**
 * The answer to an apply that would change what others own.
 *
 * Upstream: apimachinery/pkg/util/managedfields/internal/conflict.go, apimachinery/pkg/api/errors NewApplyConflict
 */
import { ApiError } from '../errors.ts';
import type { ManagedFieldsEntry } from './entries.ts';
import { showPath } from './field-set.ts';

export interface Conflict {
  /** Whose field it is. */
  entry: ManagedFieldsEntry;
  path: readonly string[];
}

/** A 409 that names each field and its owner. */
export function conflictError(conflicts: readonly Conflict[]): ApiError {
  const byOwner = Map.groupBy(
    [...conflicts].sort((a, b) => compare(showOwner(a.entry), showOwner(b.entry))),
    ({ entry }) => showOwner(entry),
  );
  const [first] = conflicts;
  const message =
    conflicts.length === 1
      ? `Apply failed with 1 conflict: conflict with ${showOwner(first!.entry)}: ${showPath(first!.path)}`
      : `Apply failed with ${conflicts.length} conflicts: ${[...byOwner]
          .flatMap(([owner, all]) => [`conflicts with ${owner}:`, ...all.map(({ path }) => `- ${showPath(path)}`)])
          .join('\n')}`;
  const causes = [...byOwner.values()].flat().map(({ entry, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${showOwner(entry)}`,
    field: showPath(path),
  }));
  return new ApiError(409, 'Conflict', message, { causes });
}

/** `"kubectl-edit" using apps/v1`, `"kubelet" with subresource "status" using v1`, `"helm"` for an applier. */
function showOwner({ manager = '', operation, apiVersion, subresource }: ManagedFieldsEntry): string {
  const name = JSON.stringify(manager) + (subresource ? ` with subresource ${JSON.stringify(subresource)}` : '');
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}

const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
