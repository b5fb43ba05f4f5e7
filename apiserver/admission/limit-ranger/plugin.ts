/**
 * LimitRanger: what the LimitRanges of a namespace say is what its containers ask for when they say nothing, and what containers,
 * pods and claims may ask for at most and must ask for at least.
 *
 * A pod's containers are looked at when it is created and when it is resized; otherwise their resources do not change.
 *
 * Upstream: plugin/pkg/admission/limitranger
 */
import { forbidden } from '../../../api/errors.ts';
import type { LimitRange, PersistentVolumeClaim, Pod } from '../../../api/types.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Admission, AdmissionPlugin } from '../plugin.ts';
import { claimViolations, podViolations } from './constraints.ts';
import { setDefaultResources } from './defaults.ts';

export function limitRanger({ resources }: Pick<Registry, 'resources'>): AdmissionPlugin {
  const ranges = resources.must('', 'limitranges').cache;
  const limitsOf = ({ namespace }: Admission): LimitRange[] =>
    ranges.size === 0 ? [] : ranges.list(`${namespace}/`).map(({ object }) => object as LimitRange);

  return {
    name: 'LimitRanger',
    mutate(admission) {
      if (subjectOf(admission) !== 'pod') return;
      for (const range of limitsOf(admission)) setDefaultResources(range, admission.object as Pod);
    },
    validate(admission) {
      const subject = subjectOf(admission);
      if (!subject) return;
      for (const range of limitsOf(admission)) {
        const violations =
          subject === 'pod'
            ? podViolations(range, admission.object as Pod)
            : claimViolations(range, admission.object as PersistentVolumeClaim);
        if (violations.length === 0) continue;
        const why = violations.length === 1 ? violations[0]! : `[${violations.join(', ')}]`;
        throw forbidden(admission.resource.kind, admission.name, why);
      }
    },
  };
}

/** What the write is about, if limits have a say in it. */
function subjectOf({ operation, resource: { kind }, subresource, old }: Admission): 'pod' | 'claim' | undefined {
  if (kind.group !== '' || (operation !== 'create' && operation !== 'update')) return undefined;
  if (old?.metadata.deletionTimestamp !== undefined) return undefined;
  if (kind.plural === 'persistentvolumeclaims') return subresource === '' ? 'claim' : undefined;
  if (kind.plural !== 'pods') return undefined;
  return operation === (subresource === '' ? 'create' : 'update') && (subresource === '' || subresource === 'resize')
    ? 'pod'
    : undefined;
}
