/**
 * DefaultStorageClass: a claim that says nothing about its class gets the default one, if there is any. An empty class is something
 * said.
 *
 * Upstream: plugin/pkg/admission/storage/storageclass/setdefault, pkg/apis/storage/util
 */
import type { PersistentVolumeClaim } from '../../api/types.ts';
import type { Registry } from '../registry/registry.ts';
import { defaultClass } from './default-class.ts';
import type { AdmissionPlugin } from './plugin.ts';

const isDefault = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'];
const classAnnotation = 'volume.beta.kubernetes.io/storage-class';

export function defaultStorageClass({ resources }: Pick<Registry, 'resources'>): AdmissionPlugin {
  const classes = resources.must('storage.k8s.io', 'storageclasses').cache;
  return {
    name: 'DefaultStorageClass',
    mutate({ operation, resource: { kind }, subresource, object }) {
      if (operation !== 'create' || kind.plural !== 'persistentvolumeclaims' || kind.group !== '' || subresource)
        return;
      const { metadata, spec } = object as PersistentVolumeClaim;
      if (!spec || metadata.annotations?.[classAnnotation] !== undefined || spec.storageClassName !== undefined) return;
      const name = defaultClass(classes, isDefault);
      if (name !== undefined) spec.storageClassName = name;
    },
  };
}
