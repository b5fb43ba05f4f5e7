/** What all reviews of authorization share: how one is read, and how it is answered. */
import { badRequest, invalid, notAcceptable } from '../../../api/errors.ts';
import { apiVersionOf } from '../../../api/kind.ts';
import type { KubeObject } from '../../../api/types.ts';
import { admitOrder } from '../../admission/admit.ts';
import { Entry, unwritten } from '../../cache/entry.ts';
import { writeOptionsOf } from '../../handlers/handler.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Resource } from '../../registry/resource.ts';
import type { Answer, Call } from '../../request/call.ts';
import { decodeBody } from '../../request/decode.ts';
import { answerObject } from '../../request/encode.ts';
import { negotiate } from '../../request/negotiate.ts';

/** The review of the body, admitted and valid. Throws a 422 where it is not valid, and a 406 for whoever wants a table of it. */
export async function readReview<T extends KubeObject>(registry: Registry, resource: Resource, call: Call): Promise<T> {
  const { kind, type } = resource;
  const { namespace } = call.info;
  if (negotiate(call.headers.accept).as === 'Table') throw notAcceptable(['application/json', 'application/yaml']);
  const options = writeOptionsOf(call);
  const review = await decodeBody<T>(call, resource);
  if (kind.namespaced) review.metadata.namespace ||= namespace;
  else delete review.metadata.namespace;
  if (kind.namespaced && review.metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  const order = { operation: 'create', resource, subresource: '', kind, type, namespace, name: '' } as const;
  await admitOrder(registry.admission, { ...order, object: review, options, served: registry });
  const errors = kind.validate?.(review, undefined) ?? [];
  if (errors.length > 0) throw invalid(kind, '', errors);
  return review;
}

/** The review with its answer in the status. */
export function answerReview(call: Call, { kind }: Resource, review: object): Answer | Promise<Answer> {
  const typed = { kind: kind.kind, apiVersion: apiVersionOf(kind), ...review };
  return answerObject(call, kind, new Entry('', unwritten, Buffer.from(JSON.stringify(typed))), 201);
}
