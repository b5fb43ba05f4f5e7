import { update } from '../registry/update.ts';
import { answerObject } from '../request/encode.ts';
import { decodePatch } from '../request/patch.ts';
import { type Handler, writeOptionsOf } from './handler.ts';

/** PATCH of an object or of its status. Upstream: apiserver/pkg/endpoints/handlers/patch.go */
export const handlePatch: Handler = async (registry, resource, call) => {
  const { namespace, name, subresource } = call.info;
  const options = { ...writeOptionsOf(call), subresource };
  const patch = await decodePatch(call, resource);
  const updated = await update(registry, resource, namespace, name, patch, options);
  return answerObject(call, resource.kind, updated);
};
