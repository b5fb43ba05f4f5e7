/**
 * NamespaceLifecycle: nothing is created in a namespace that does not exist or that is being deleted, and the namespaces
 * that the system needs cannot be deleted.
 *
 * Upstream: apiserver/pkg/admission/plugin/namespace/lifecycle
 */
import { ApiError, forbidden, notFound } from '../../api/errors.ts';
import type { Namespace } from '../../api/types.ts';
import type { Admission, AdmissionPlugin } from './plugin.ts';

const immortal = ['default', 'kube-system', 'kube-public'];

export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  async mutate(admission) {
    if (admission.operation === 'create' && admission.resource.kind.namespaced) await checkNamespace(admission);
  },
  validate({ operation, resource, name }) {
    const { kind } = resource;
    if (operation !== 'delete' || kind.plural !== 'namespaces' || kind.group !== '') return;
    if (immortal.includes(name)) throw forbidden(kind, name, 'this namespace may not be deleted');
  },
};

async function checkNamespace({ served, resource, namespace, name }: Admission): Promise<void> {
  const namespaces = served.resources.must('', 'namespaces');
  let entry = namespaces.cache.get(namespace);
  if (!entry) {
    // It may have been created a moment ago.
    await served.reads.fresh();
    entry = namespaces.cache.get(namespace);
  }
  if (!entry) throw notFound(namespaces.kind, namespace);
  const { status, metadata } = entry.object as Namespace;
  if (status?.phase !== 'Terminating' && metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const { code, reason, message, details } = forbidden(resource.kind, name, why);
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  throw new ApiError(code, reason, message, { ...details, causes: [cause] });
}
