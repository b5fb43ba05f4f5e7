/**
 * Priority: a pod has the priority that its PriorityClass says, the default class's when it names none, and 0 when there is no
 * default class. There is only one default class.
 *
 * Upstream: plugin/pkg/admission/priority
 */
import { forbidden } from '../../api/errors.ts';
import type { Pod, PriorityClass } from '../../api/types.ts';
import type { Registry } from '../registry/registry.ts';
import { isPodWrite } from './is-pod-write.ts';
import { lookUp } from './look-up.ts';
import type { Admission, AdmissionPlugin } from './plugin.ts';

type Class = Pick<PriorityClass, 'preemptionPolicy'> & { value?: number };

/** What a pod has where nothing says otherwise. */
const ordinary: Class = { value: 0, preemptionPolicy: 'PreemptLowerPriority' };

export function priority(registry: Pick<Registry, 'resources' | 'reads'>): AdmissionPlugin {
  const classes = registry.resources.must('scheduling.k8s.io', 'priorityclasses');

  /** Two can be made at the same time; then it is the one with the lower priority. */
  const defaultClass = (): PriorityClass | undefined =>
    classes.cache
      .list()
      .map(({ object }) => object as PriorityClass)
      .filter(({ globalDefault }) => globalDefault)
      .reduce<PriorityClass | undefined>(
        (least, one) => (least && (least.value ?? 0) <= (one.value ?? 0) ? least : one),
        undefined,
      );

  function resolve(admission: Admission): Promise<void> | void {
    const spec = (admission.object as Pod).spec!;
    const { priorityClassName } = spec;
    if (!priorityClassName) {
      const found = defaultClass();
      if (found) spec.priorityClassName = found.metadata.name!;
      return setPriority(admission, found ?? ordinary);
    }
    const named = lookUp<PriorityClass>(classes, registry, priorityClassName);
    const set = (found: PriorityClass | undefined): void => {
      if (!found) refuse(admission, `no PriorityClass with name ${priorityClassName} was found`);
      setPriority(admission, found);
    };
    return named instanceof Promise ? named.then(set) : set(named);
  }

  return {
    name: 'Priority',
    mutate(admission) {
      if (!isPodWrite(admission) || !(admission.object as Pod).spec) return;
      return admission.operation === 'create' ? resolve(admission) : keepPriority(admission);
    },
    validate({ operation, resource: { kind }, subresource, object, name }) {
      if (kind.plural !== 'priorityclasses' || kind.group !== 'scheduling.k8s.io' || subresource) return;
      if (operation === 'delete' || !(object as PriorityClass).globalDefault) return;
      const other = defaultClass()?.metadata.name;
      if (other === undefined || (operation === 'update' && other === name)) return;
      const why = `PriorityClass ${other} is already marked as default. Only one default can exist`;
      throw forbidden(kind, name, why);
    },
  };
}

/** An update that leaves them out leaves them as they are. */
function keepPriority({ object, old }: Admission): void {
  const [spec, before] = [(object as Pod).spec!, (old as Pod).spec];
  if (before?.priority !== undefined) spec.priority ??= before.priority;
  if (before?.preemptionPolicy !== undefined) spec.preemptionPolicy ??= before.preemptionPolicy;
}

/** What a pod says itself must be what its class says. */
function setPriority(admission: Admission, { value = 0, preemptionPolicy }: Class): void {
  const spec = (admission.object as Pod).spec!;
  const check = (what: string, given: unknown, computed: unknown): void => {
    if (given === undefined || given === computed) return;
    const why = `${what} (${given}) must not be provided in pod spec; priority admission controller computed ${computed} from the given PriorityClass name`;
    refuse(admission, why);
  };
  check('the integer value of priority', spec.priority, value);
  spec.priority = value;
  if (!preemptionPolicy) return;
  check('the string value of PreemptionPolicy', spec.preemptionPolicy, preemptionPolicy);
  spec.preemptionPolicy = preemptionPolicy;
}

function refuse({ resource: { kind }, name, object }: Admission, why: string): never {
  throw forbidden(kind, name || (object?.metadata.generateName ?? ''), why);
}
