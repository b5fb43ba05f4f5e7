/**
 * The pod that a template makes.
 * Upstream: pkg/controller/controller_utils.go (GetPodFromTemplate)
 */
import type { OwnerReference, Pod } from '../../api/types.ts';
import type { PodSet } from './pod-sets.ts';

/** Longest `generateName` that leaves room for the five characters that the server adds. */
const maxGenerateName = 58;

export function podFromTemplate({ metadata, spec }: PodSet, owner: OwnerReference): Pod {
  const template = spec?.template;
  const { labels, annotations, finalizers } = template?.metadata ?? {};
  return {
    metadata: {
      generateName: `${metadata.name}-`.slice(0, maxGenerateName),
      namespace: metadata.namespace!,
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(finalizers && { finalizers }),
      ownerReferences: [owner],
    },
    spec: template!.spec!,
  };
}
