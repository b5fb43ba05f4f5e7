/**
 * ResourceQuota: the objects of a namespace use no more together than its quotas allow.
 *
 * A write that uses more is one transaction with the new `status.used` of the quotas that count it, on the condition that those
 * are still the ones that it was checked against. So there is nothing between "counted" and "written": however many create at
 * once, through however many API servers, no quota is overrun, and a write that fails is charged nothing. What is used no
 * longer is found by the quota controller.
 *
 * Upstream: apiserver/pkg/admission/plugin/resourcequota, which charges first and writes then
 */
import { forbidden } from '../../../api/errors.ts';
import { evaluatorOf } from '../../../api/quota/counted-kinds.ts';
import type { Evaluator, QuotaWrite } from '../../../api/quota/evaluator.ts';
import type { KubeObject, ResourceQuota } from '../../../api/types.ts';
import type { Registry } from '../../registry/registry.ts';
import { encodeStored } from '../../registry/view.ts';
import { type Guard, GuardChangedError } from '../../storage/guard.ts';
import type { Admission, AdmissionPlugin, GuardedWrite } from '../plugin.ts';
import { planCharge, speaksOf } from './charge.ts';
import { NamespaceQueues } from './namespace-queues.ts';
import { NewestQuotas } from './newest-quotas.ts';

export function resourceQuota(registry: Pick<Registry, 'resources' | 'storage' | 'now'>): AdmissionPlugin {
  const quotas = registry.resources.must('', 'resourcequotas');
  const queues = new NamespaceQueues(() => new NewestQuotas(quotas, registry.storage));

  /** The plan for the write, and the guards that make it good. Throws when a quota refuses. */
  async function charge(admission: Admission, evaluator: Evaluator, newest: NewestQuotas): Promise<Guard[]> {
    const { namespace, resource, name } = admission;
    const current = newest.of(namespace);
    const plan = planCharge(evaluator, current, writeOf(admission), registry.now().getTime());
    if (plan.do === 'refuse') throw forbidden(resource.kind, name, plan.why);
    return Promise.all(
      plan.quotas.map(async (quota) => ({
        key: quotas.prefix + newest.keyOf(quota),
        revision: Number(quota.metadata.resourceVersion),
        value: await encodeStored(quotas, quota),
        written: (revision: number) => newest.written(quota, revision),
      })),
    );
  }

  async function chargeAndWrite<T>(
    admission: Admission,
    evaluator: Evaluator,
    newest: NewestQuotas,
    write: GuardedWrite<T>,
  ): Promise<T> {
    for (;;) {
      const guards = await charge(admission, evaluator, newest);
      try {
        return await write(guards);
      } catch (error) {
        // It may have been the guard of somebody else.
        if (!(error instanceof GuardChangedError) || !(await newest.reread(guards))) throw error;
      }
    }
  }

  return {
    name: 'ResourceQuota',
    reserve(admission, write) {
      const evaluator = evaluatorFor(admission, quotas.cache.size);
      if (!evaluator) return write([]);
      const { namespace } = admission;
      const concerned = quotas.cache
        .list(`${namespace}/`)
        .some(({ object }) => speaksOf(evaluator, object as ResourceQuota));
      if (!concerned) return write([]);
      return queues.run(namespace, (newest) => chargeAndWrite(admission, evaluator, newest, write));
    },
  };
}

/** Undefined when no quota has a say in the write. */
function evaluatorFor(admission: Admission, quotas: number): Evaluator | undefined {
  const { resource, operation } = admission;
  if (quotas === 0 || !resource.kind.namespaced || (operation !== 'create' && operation !== 'update')) return undefined;
  const evaluator = evaluatorOf(resource.kind);
  return evaluator.charges(writeOf(admission)) ? evaluator : undefined;
}

const writeOf = ({ operation, subresource, object, old }: Admission): QuotaWrite<KubeObject> => ({
  operation: operation as QuotaWrite<KubeObject>['operation'],
  subresource,
  object: object!,
  old,
});
