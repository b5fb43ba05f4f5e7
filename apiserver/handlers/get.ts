import { get } from '../registry/get.ts';
import { answerObject } from '../request/encode.ts';
import { parseResourceVersion } from '../request/list-options.ts';
import type { Handler } from './handler.ts';

/** GET of one object. Upstream: apiserver/pkg/endpoints/handlers/get.go GetResource */
export const handleGet: Handler = async (registry, resource, call) => {
  const { namespace, name } = call.info;
  const version = parseResourceVersion(call.query.get('resourceVersion'));
  return answerObject(call, resource.kind, await get(registry, resource, namespace, name, version));
};
