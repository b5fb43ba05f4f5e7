import { authorizeCreate } from '../authz/authorize.ts';
import { applyConfig } from '../registry/apply.ts';
import { update } from '../registry/update.ts';
import { answerObject } from '../request/encode.ts';
import { queryBool } from '../request/info.ts';
import { decodeConfig, decodePatch, isApply } from '../request/patch.ts';
import { type Handler, writeOptionsOf } from './handler.ts';

/** PATCH of an object or of its status. Upstream: apiserver/pkg/endpoints/handlers/patch.go */
export const handlePatch: Handler = async (registry, resource, call) => {
  const { namespace, name, subresource } = call.info;
  const options = { ...writeOptionsOf(call), subresource };
  if (isApply(call)) {
    const config = await decodeConfig(call);
    const mayCreate = (): void => authorizeCreate(registry.authorizer, call.user, call.info);
    const apply = { ...options, force: queryBool(call.query, 'force'), ...(subresource === '' && { mayCreate }) };
    const { entry, created } = await applyConfig(registry, resource, namespace, name, config, apply);
    return answerObject(call, resource.kind, entry, created ? 201 : 200);
  }
  const patch = await decodePatch(call, resource);
  const updated = await update(registry, resource, namespace, name, patch, options);
  return answerObject(call, resource.kind, updated);
};
