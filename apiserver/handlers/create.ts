import { create } from '../registry/create.ts';
import { decodeBody } from '../request/decode.ts';
import { answerObject } from '../request/encode.ts';
import { type Handler, writeOptionsOf } from './handler.ts';

/** POST to a collection. Upstream: apiserver/pkg/endpoints/handlers/create.go */
export const handleCreate: Handler = async (registry, resource, call) => {
  const options = writeOptionsOf(call);
  const object = await decodeBody(call, resource);
  const created = await create(registry, resource, call.info.namespace, object, options);
  return answerObject(call, resource.kind, created, 201);
};
