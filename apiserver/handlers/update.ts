import { ApiError, badRequest } from '../../api/errors.ts';
import { cloneJson } from '../../api/patch/json.ts';
import type { KubeObject } from '../../api/types.ts';
import { authorizeCreate } from '../authz/authorize.ts';
import { create } from '../registry/create.ts';
import type { Registry } from '../registry/registry.ts';
import type { Resource } from '../registry/resource.ts';
import { update } from '../registry/update.ts';
import type { Answer, Call } from '../request/call.ts';
import { decodeBody } from '../request/decode.ts';
import { answerObject } from '../request/encode.ts';
import { type Handler, writeOptionsOf } from './handler.ts';

/** PUT of an object, of its status or of another part of it. Upstream: apiserver/pkg/endpoints/handlers/update.go */
export const handleUpdate: Handler = async (registry, resource, call) => {
  const { namespace, name, subresource } = call.info;
  const options = { ...writeOptionsOf(call), subresource };
  const object = await decodeBody(call, resource);
  try {
    // The object may be used again after a lost race, and an attempt changes it.
    const updated = await update(registry, resource, namespace, name, () => cloneJson(object), options);
    return answerObject(call, resource.kind, updated);
  } catch (error) {
    const missing = error instanceof ApiError && error.reason === 'NotFound';
    if (!missing || !mayCreate(resource, call, object)) throw error;
    return createNamed(registry, resource, call, object);
  }
};

/** Whether the object is to be made when there is none: not when it is said to be one that was there before. */
const mayCreate = ({ kind }: Resource, { info }: Call, { metadata }: KubeObject): boolean =>
  kind.createOnUpdate === true && info.subresource === '' && !metadata.uid && !metadata.resourceVersion;

async function createNamed(registry: Registry, resource: Resource, call: Call, object: KubeObject): Promise<Answer> {
  const { namespace, name } = call.info;
  authorizeCreate(registry.authorizer, call.user, call.info);
  object.metadata.name ||= name;
  if (object.metadata.name !== name) {
    throw badRequest(`the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`);
  }
  const created = await create(registry, resource, namespace, object, writeOptionsOf(call));
  return answerObject(call, resource.kind, created, 201);
}
