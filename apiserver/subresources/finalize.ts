/**
 * `namespaces/finalize`: how the namespace controller says that nothing is left inside. Only `spec.finalizers` counts.
 *
 * Upstream: pkg/registry/core/namespace/storage/storage.go FinalizeREST
 */
import type { Namespace } from '../../api/types.ts';
import { type Handler, writeOptionsOf } from '../handlers/handler.ts';
import { update } from '../registry/update.ts';
import { decodeBody } from '../request/decode.ts';
import { answerObject } from '../request/encode.ts';

export const updateFinalize: Handler = async (registry, resource, call) => {
  const { name } = call.info;
  const options = { ...writeOptionsOf(call), subresource: 'finalize' };
  const { metadata, spec } = await decodeBody<Namespace>(call, resource);
  const finalized = await update(
    registry,
    resource,
    '',
    name,
    (stored) => {
      const { uid, resourceVersion } = metadata;
      const kept = { ...stored.metadata, ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) };
      return { ...stored, metadata: kept, spec: { finalizers: spec?.finalizers ?? [] } } as Namespace;
    },
    options,
  );
  return answerObject(call, resource.kind, finalized);
};
