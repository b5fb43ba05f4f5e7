/**
 * PodSecurity: pods keep to the level that their namespace asks for. What would make pods that do not is only warned of, and so
 * is a new level that pods of the namespace would not keep to.
 *
 * Upstream: plugin/pkg/admission/security/podsecurity, k8s.io/pod-security-admission/admission
 */
import { forbidden, internalError } from '../../../api/errors.ts';
import type { Container, Namespace, Pod } from '../../../api/types.ts';
import { lookUp } from '../look-up.ts';
import type { Admission, AdmissionPlugin } from '../plugin.ts';
import type { PodLike } from './check.ts';
import { type Exemptions, readPodSecurityConfiguration } from './configuration.ts';
import { detailsOf, violationsOf } from './evaluate.ts';
import { countError, countEvaluation, countExemption } from './metrics.ts';
import { validateNamespace } from './namespace.ts';
import { templateOf } from './pod-template.ts';
import { isFullyPrivileged, type LevelVersion, type Policy, policyOf, textOf } from './policy.ts';

/** Orders about a pod, and its status: nothing of them says how it runs. */
const otherSubresources = ['exec', 'attach', 'binding', 'eviction', 'log', 'portforward', 'proxy', 'status'];

/** The plugin, as its configuration's text says. Throws for a text that it cannot read. */
export function podSecurity(configurationText: string | undefined): AdmissionPlugin {
  const configuration = readPodSecurityConfiguration(configurationText);
  const { defaults, exemptions } = configuration;

  /** What the labels of a namespace say stays what it is as long as they do. */
  const known = new WeakMap<Namespace, ReturnType<typeof policyOf>>();
  function policyIn(namespace: Namespace): ReturnType<typeof policyOf> {
    let found = known.get(namespace);
    if (!found) {
      found = policyOf(namespace.metadata.labels, defaults);
      known.set(namespace, found);
    }
    return found;
  }

  /** Goes on with the policy of the object's namespace; `isGood` says whether its labels could be read. */
  function withPolicy(
    admission: Admission,
    next: (policy: Policy, isGood: boolean) => void,
  ): Promise<void> | undefined {
    const { namespace, served } = admission;
    const use = (found: Namespace | undefined): void => {
      if (!found) {
        countError(admission, true);
        throw internalError(`failed to lookup namespace ${JSON.stringify(namespace)}`);
      }
      const { policy, errors } = policyIn(found);
      const problems = errors.map((error) => `${error.field}: ${error.message}`);
      const problem = problems.length > 1 ? `[${problems.join(', ')}]` : problems[0];
      if (problem) {
        countError(admission, false);
        annotate(admission, 'error', `Failed to parse policy: ${problem}`);
      }
      next(policy, problem === undefined);
    };
    const found = lookUp<Namespace>(served.resources.must('', 'namespaces'), served, namespace);
    if (found instanceof Promise) return found.then(use);
    use(found);
    return undefined;
  }

  /** Holds what makes pods to the level, unless it is exempt. */
  function hold(admission: Admission, policy: Policy, pod: PodLike, enforce: boolean): void {
    if (exemptions.runtimeClasses.includes(pod.spec.runtimeClassName ?? '')) {
      exempt(admission, 'runtimeClass');
    } else {
      judge(admission, policy, pod, enforce);
    }
  }

  return {
    name: 'PodSecurity',
    validate(admission) {
      const { operation, subresource, resource, object, old } = admission;
      if (!object || (operation !== 'create' && operation !== 'update')) return;
      const { group, plural } = resource.kind;
      const isPod = group === '' && plural === 'pods';
      if (isPod ? otherSubresources.includes(subresource) : subresource !== '') return;
      if (group === '' && plural === 'namespaces') return validateNamespace(admission, configuration);
      const podIn = isPod ? podOf : templateOf(resource.kind);
      if (!podIn) return;
      const by = exemptBy(admission, exemptions);
      if (by) return exempt(admission, by);
      return withPolicy(admission, (policy, isGood) => {
        if (isPod && isGood && isFullyPrivileged(policy)) {
          annotate(admission, 'enforce-policy', textOf(policy.enforce));
          countEvaluation(admission, 'enforce', policy.enforce, true);
          return;
        }
        if (isPod && old && !isSignificant(object as Pod, old as Pod)) return;
        const pod = podIn(object);
        if (pod) hold(admission, policy, pod, isPod);
      });
    },
  };
}

function annotate({ options }: Admission, key: string, value: string): void {
  options.auditAnnotations[`pod-security.kubernetes.io/${key}`] = value;
}

function exempt(admission: Admission, by: string): void {
  countExemption(admission);
  annotate(admission, 'exempt', by);
}

const podOf = ({ metadata, spec }: Pod): PodLike | undefined => spec && { metadata, spec };

const exemptBy = ({ namespace, options }: Admission, { namespaces, usernames }: Exemptions): string | undefined => {
  if (namespaces.includes(namespace)) return 'namespace';
  return usernames.includes(options.user.name) ? 'user' : undefined;
};

/** Notes and warns of what the pod must not have, and with `enforce` refuses it. */
function judge(admission: Admission, policy: Policy, pod: PodLike, enforce: boolean): void {
  const { resource, name, options } = admission;
  const wrong = (level: LevelVersion): string => detailsOf(violationsOf(level, pod));
  const audited = wrong(policy.audit);
  if (audited) {
    countEvaluation(admission, 'audit', policy.audit, false);
    annotate(admission, 'audit-violations', `would violate PodSecurity "${textOf(policy.audit)}": ${audited}`);
  }
  if (enforce) {
    annotate(admission, 'enforce-policy', textOf(policy.enforce));
    const refused = wrong(policy.enforce);
    countEvaluation(admission, 'enforce', policy.enforce, refused === '');
    if (refused) throw forbidden(resource.kind, name, `violates PodSecurity "${textOf(policy.enforce)}": ${refused}`);
  }
  const warned = wrong(policy.warn);
  if (!warned) return;
  countEvaluation(admission, 'warn', policy.warn, false);
  options.warnings.push(`would violate PodSecurity "${textOf(policy.warn)}": ${warned}`);
}

/** Of what an update may change, only other or more images make another pod. */
function isSignificant({ spec }: Pod, { spec: old }: Pod): boolean {
  const images = (containers: readonly Container[] = []): string =>
    JSON.stringify(containers.map(({ image }) => image));
  if (images(spec?.containers) !== images(old?.containers)) return true;
  if (images(spec?.initContainers) !== images(old?.initContainers)) return true;
  const before = new Map((old?.ephemeralContainers ?? []).map(({ name, image }) => [name, image]));
  return (spec?.ephemeralContainers ?? []).some(({ name, image }) => before.get(name) !== image);
}
