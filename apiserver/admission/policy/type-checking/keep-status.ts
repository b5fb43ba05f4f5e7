/**
 * Keeps the status of ValidatingAdmissionPolicies: what type checking has found, and for which generation. It is done here rather than
 * among the controllers, because this process knows the types of all objects.
 *
 * Upstream: pkg/controller/validatingadmissionpolicystatus/controller.go
 */
import type { ValidatingAdmissionPolicy } from '../../../../api/types.ts';
import { runController } from '../../../../client/controller.ts';
import { WorkQueue } from '../../../../client/work-queue.ts';
import type { Registry } from '../../../registry/registry.ts';
import { update } from '../../../registry/update.ts';
import { ownWrite } from '../../../registry/write-options.ts';
import { checkTypes } from './check.ts';

const manager = 'validatingadmissionpolicy-status';

type Status = NonNullable<ValidatingAdmissionPolicy['status']>;

/** Follows the policies until the signal aborts. */
export function keepPolicyStatus(registry: Registry, signal: AbortSignal): void {
  const { resources, logger } = registry;
  const policies = resources.must('admissionregistration.k8s.io', 'validatingadmissionpolicies');
  const queue = new WorkQueue();
  const all = (): void => {
    for (const { key } of policies.cache.list()) queue.add(key);
  };
  const unsubscribe = policies.cache.subscribe({
    changed: (changes) => {
      for (const { entry } of changes) queue.add(entry.key);
    },
    lost: all,
  });
  signal.addEventListener('abort', unsubscribe, { once: true });
  all();
  const reconcile = async (name: string): Promise<void> => {
    const policy = policies.cache.get(name)?.object as ValidatingAdmissionPolicy | undefined;
    if (!policy || isChecked(policy)) return;
    const expressionWarnings = checkTypes(resources, policy.spec ?? {});
    const status: Status = {
      observedGeneration: policy.metadata?.generation,
      typeChecking: expressionWarnings.length > 0 ? { expressionWarnings } : {},
    };
    await update(
      registry,
      policies,
      '',
      name,
      (stored) => {
        const { conditions } = (stored as ValidatingAdmissionPolicy).status ?? {};
        // What has been found is about another generation.
        if (stored.metadata.generation !== policy.metadata?.generation) return stored;
        return { ...stored, status: { ...status, ...(conditions && { conditions }) } };
      },
      { ...ownWrite(manager), subresource: 'status' },
    );
  };
  void runController({ name: 'validatingadmissionpolicy-status', queue, workers: 1, reconcile, logger }, signal);
}

const isChecked = ({ metadata, status }: ValidatingAdmissionPolicy): boolean =>
  (metadata?.generation ?? 0) <= (status?.observedGeneration ?? 0);
