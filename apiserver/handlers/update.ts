import { update } from '../registry/update.ts';
import { decodeBody } from '../request/decode.ts';
import { answerObject } from '../request/encode.ts';
import { type Handler, writeOptionsOf } from './handler.ts';

/** PUT of an object or of its status. Upstream: apiserver/pkg/endpoints/handlers/update.go */
export const handleUpdate: Handler = async (registry, resource, call) => {
  const { namespace, name, subresource } = call.info;
  const options = { ...writeOptionsOf(call), subresource };
  const object = await decodeBody(call, resource);
  // The object may be used again after a lost race, and an attempt changes it.
  const updated = await update(registry, resource, namespace, name, () => structuredClone(object), options);
  return answerObject(call, resource.kind, updated);
};
