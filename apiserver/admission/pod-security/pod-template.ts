/**
 * Where the objects of a resource say what a pod will be.
 *
 * Upstream: k8s.io/pod-security-admission/admission (DefaultPodSpecExtractor)
 */
import type { CronJob, Deployment, KubeObject, PodTemplate, PodTemplateSpec } from '../../../api/types.ts';
import type { PodLike } from './check.ts';

const ofSpec = (object: KubeObject): PodTemplateSpec | undefined => (object as Deployment).spec?.template;

/** By `PLURAL.GROUP`. */
const templates: Readonly<Record<string, (object: KubeObject) => PodTemplateSpec | undefined>> = {
  'podtemplates.': (object) => (object as PodTemplate).template,
  'replicationcontrollers.': ofSpec,
  'replicasets.apps': ofSpec,
  'deployments.apps': ofSpec,
  'statefulsets.apps': ofSpec,
  'daemonsets.apps': ofSpec,
  'jobs.batch': ofSpec,
  'cronjobs.batch': (object) => (object as CronJob).spec?.jobTemplate.spec?.template,
};

/** The function that finds the template of a resource's objects; undefined where pods do not come from them. */
export function templateOf({ plural, group }: { plural: string; group: string }) {
  const find = templates[`${plural}.${group}`];
  return (
    find &&
    ((object: KubeObject): PodLike | undefined => {
      const { metadata, spec } = find(object) ?? {};
      return spec && { spec, ...(metadata && { metadata }) };
    })
  );
}
