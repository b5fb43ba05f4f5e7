/**
 * RuntimeClass: a pod's class says what the pod costs besides its containers, and which nodes have the runtime.
 *
 * Upstream: plugin/pkg/admission/runtimeclass, pkg/util/tolerations
 */
import { forbidden } from '../../api/errors.ts';
import { isEqual } from '../../api/patch/json.ts';
import { canonicalQuantity } from '../../api/quantity.ts';
import type { Pod, PodSpec, RuntimeClass, Toleration } from '../../api/types.ts';
import type { Registry } from '../registry/registry.ts';
import { isPodWrite } from './is-pod-write.ts';
import { lookUp } from './look-up.ts';
import type { Admission, AdmissionPlugin } from './plugin.ts';

type Rule = (admission: Admission, spec: PodSpec, runtimeClass: RuntimeClass | undefined) => void;

export function runtimeClass(registry: Pick<Registry, 'resources' | 'reads'>): AdmissionPlugin {
  const classes = registry.resources.must('node.k8s.io', 'runtimeclasses');

  function withClass(admission: Admission, rule: Rule): Promise<void> | void {
    if (admission.operation !== 'create' || !isPodWrite(admission)) return;
    const { spec } = admission.object as Pod;
    if (!spec) return;
    const { runtimeClassName } = spec;
    if (runtimeClassName === undefined) return rule(admission, spec, undefined);
    const apply = (found: RuntimeClass | undefined): void => {
      if (!found) refuse(admission, `pod rejected: RuntimeClass ${JSON.stringify(runtimeClassName)} not found`);
      rule(admission, spec, found);
    };
    const found = lookUp<RuntimeClass>(classes, registry, runtimeClassName);
    return found instanceof Promise ? found.then(apply) : apply(found);
  }

  return {
    name: 'RuntimeClass',
    mutate: (admission) => withClass(admission, setOverheadAndScheduling),
    validate: (admission) => withClass(admission, checkOverhead),
  };
}

function refuse({ resource: { kind }, name }: Admission, why: string): never {
  throw forbidden(kind, name, why);
}

const setOverheadAndScheduling: Rule = (admission, spec, found) => {
  const overhead = found?.overhead?.podFixed;
  if (overhead) {
    if (spec.overhead && !sameQuantities(spec.overhead, overhead)) refuse(admission, otherOverhead);
    spec.overhead = { ...overhead };
  }
  const { scheduling } = found ?? {};
  if (!scheduling) return;
  for (const [key, wanted] of Object.entries(scheduling.nodeSelector ?? {})) {
    const own = spec.nodeSelector?.[key];
    if (own !== undefined && own !== wanted) {
      const why = `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${wanted}; pod.spec.nodeSelector[${key}] = ${own}`;
      refuse(admission, why);
    }
    spec.nodeSelector = { ...spec.nodeSelector, [key]: wanted };
  }
  if (scheduling.tolerations) spec.tolerations = mergeTolerations(spec.tolerations ?? [], scheduling.tolerations);
};

const checkOverhead: Rule = (admission, { overhead }, found) => {
  const wanted = found?.overhead?.podFixed;
  if (wanted && !sameQuantities(overhead ?? {}, wanted)) refuse(admission, otherOverhead);
  if (!wanted && overhead) {
    refuse(admission, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
  }
};

const otherOverhead = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";

const sameQuantities = (a: Record<string, string>, b: Record<string, string>): boolean =>
  isEqual(canonical(a), canonical(b));

const canonical = (list: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(list).map(([name, text]) => [name, canonicalQuantity(text)]));

/** Those of the class, and those of the pod about other taints. */
function mergeTolerations(own: readonly Toleration[], ofClass: readonly Toleration[]): Toleration[] {
  const same = (a: Toleration, b: Toleration): boolean =>
    (a.key ?? '') === (b.key ?? '') && (a.effect ?? '') === (b.effect ?? '');
  return [...ofClass, ...own.filter((toleration) => !ofClass.some((one) => same(one, toleration)))];
}
