/**
 * `pods/binding`: the scheduler's decision, which puts a pod on a node. A pod is bound once.
 *
 * Upstream: pkg/registry/core/pod/storage/storage.go BindingREST
 */
import { badRequest, conflict, field, invalid } from '../../api/errors.ts';
import { rfc3339, withCondition } from '../../api/meta.ts';
import { builtInType } from '../../api/object-type.ts';
import type { Binding, Pod, PodCondition } from '../../api/types.ts';
import { admitOrder } from '../admission/admit.ts';
import { type Handler, writeOptionsOf } from '../handlers/handler.ts';
import type { Registry } from '../registry/registry.ts';
import type { Resource } from '../registry/resource.ts';
import { update } from '../registry/update.ts';
import type { WriteOptions } from '../registry/write-options.ts';
import type { Call, Reply } from '../request/call.ts';
import { decodeBody } from '../request/decode.ts';
import { success } from '../request/status.ts';

const bindings = {
  kind: { group: '', version: 'v1', kind: 'Binding' },
  type: builtInType('io.k8s.api.core.v1.Binding'),
};

export const createBinding: Handler = async (registry, resource, call) => {
  const { name } = call.info;
  const write = writeOptionsOf(call);
  const binding = await decodeBody<Binding>(call, bindings);
  if (binding.metadata.name && binding.metadata.name !== name) {
    throw badRequest('name in URL does not match name in Binding object');
  }
  return bind(registry, resource, call, name, binding, write);
};

/** The same by `POST .../bindings`, where the pod's name is in the body alone. */
export const createLegacyBinding: Handler = async (registry, _, call) => {
  const write = writeOptionsOf(call);
  const binding = await decodeBody<Binding>(call, bindings);
  const { name } = binding.metadata;
  if (!name) throw badRequest('name is required');
  return bind(registry, registry.resources.must('', 'pods'), call, name, binding, write);
};

async function bind(
  registry: Registry,
  resource: Resource,
  { info: { namespace } }: Call,
  name: string,
  binding: Binding,
  write: WriteOptions,
): Promise<Reply> {
  const { metadata, target } = binding;
  const { kind, type } = bindings;
  const order = { operation: 'create', resource, subresource: 'binding', kind, type, namespace, name } as const;
  await admitOrder(registry.admission, { ...order, object: binding, options: write, served: registry });
  if (target?.kind && target.kind !== 'Node') {
    throw invalid(bindings.kind, name, [field.notSupported('target.kind', target.kind, ['Node', '<empty>'])]);
  }
  const nodeName = target?.name;
  if (!nodeName) throw invalid(bindings.kind, name, [field.required('target.name')]);
  const bound = (stored: Pod): Pod => {
    const { uid, deletionTimestamp } = stored.metadata;
    if (metadata.uid && metadata.uid !== uid) {
      throw conflict(
        resource.kind,
        name,
        `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${uid}`,
      );
    }
    if (deletionTimestamp)
      throw conflict(resource.kind, name, `pod ${name} is being deleted, cannot be assigned to a host`);
    if (stored.spec?.nodeName) {
      throw conflict(
        resource.kind,
        name,
        `pod ${name} is already assigned to node ${JSON.stringify(stored.spec.nodeName)}`,
      );
    }
    const annotations = { ...stored.metadata.annotations, ...metadata.annotations };
    const scheduled: PodCondition = { type: 'PodScheduled', status: 'True' };
    return {
      ...stored,
      metadata: { ...stored.metadata, ...(Object.keys(annotations).length > 0 && { annotations }) },
      spec: { ...stored.spec!, nodeName },
      status: {
        ...stored.status,
        conditions: withCondition(stored.status?.conditions, scheduled, rfc3339(registry.now())),
      },
    };
  };
  await update(registry, resource, namespace, name, (stored) => bound(stored as Pod), {
    ...write,
    // Being bound makes nobody the owner of a pod's fields.
    manager: undefined,
    subresource: 'binding',
    admitted: true,
  });
  return success(undefined, 201);
}
