/** DELETE of an object, and of a collection. Upstream: apiserver/pkg/endpoints/handlers/delete.go */
import { ApiError } from '../../api/errors.ts';
import type { AnyKind } from '../../api/kinds/all.ts';
import { type Deleted, remove } from '../registry/delete.ts';
import { type DeleteOptions, leavesPropagationOpen } from '../registry/deletion.ts';
import { list } from '../registry/list.ts';
import { selectionOf } from '../registry/selection.ts';
import type { Call } from '../request/call.ts';
import { deleteOptionsOf } from '../request/delete-options.ts';
import { answerList, answerObject } from '../request/encode.ts';
import { listOptions } from '../request/list-options.ts';
import { success } from '../request/status.ts';
import { type Handler, writeOptionsOf } from './handler.ts';
import { selectedBy } from './list.ts';

/** Answers with a Status when the object is gone, and with the object while a grace period or a finalizer keeps it. */
export const handleDelete: Handler = async (registry, resource, call) => {
  const { namespace, name } = call.info;
  const { options, dryRun } = await deleteOptionsOf(call);
  warnOfOrphans(resource.kind, options, call);
  const write = writeOptionsOf(call);
  const deleted = await remove(registry, resource, namespace, name, options, {
    ...write,
    dryRun: dryRun || write.dryRun,
  });
  return deleted.removed ? success(details(resource.kind, deleted)) : answerObject(call, resource.kind, deleted.entry);
};

function warnOfOrphans({ orphansByDefault }: AnyKind, options: DeleteOptions, { warnings }: Call): void {
  if (orphansByDefault?.warning && leavesPropagationOpen(options)) warnings.push(orphansByDefault.warning);
}

const details = (kind: AnyKind, { entry }: Deleted) => ({
  name: entry.object.metadata.name ?? '',
  ...(kind.group && { group: kind.group }),
  kind: kind.plural,
  uid: entry.object.metadata.uid ?? '',
});

/** How many objects of a collection are deleted at a time. */
const parallel = 8;

export const handleDeleteCollection: Handler = async (registry, resource, call) => {
  const { options, dryRun } = await deleteOptionsOf(call);
  warnOfOrphans(resource.kind, options, call);
  const write = writeOptionsOf(call);
  const listing = listOptions(call.query, false);
  const selection = selectionOf(resource, selectedBy(call, listing));
  const { entries, revision } = await list(registry, resource, selection, listing);
  const queue = [...entries];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { namespace = '', name = '' } = next.object.metadata;
      try {
        await remove(registry, resource, namespace, name, options, { ...write, dryRun: dryRun || write.dryRun });
      } catch (error) {
        // Somebody else was faster.
        if (!(error instanceof ApiError && error.reason === 'NotFound')) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return answerList(call, resource.kind, { revision, entries });
};
