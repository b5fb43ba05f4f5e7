/**
 * PersistentVolumeClaimResize: a claim grows only when it has its volume, and when its class says that its volumes may grow.
 *
 * Upstream: plugin/pkg/admission/storage/persistentvolume/resize
 */
import { forbidden } from '../../api/errors.ts';
import { compareQuantities } from '../../api/quantity.ts';
import type { PersistentVolumeClaim, StorageClass } from '../../api/types.ts';
import { classOfClaim } from '../../api/volume-claims.ts';
import type { Registry } from '../registry/registry.ts';
import type { AdmissionPlugin } from './plugin.ts';

export function persistentVolumeClaimResize({ resources }: Pick<Registry, 'resources'>): AdmissionPlugin {
  const classes = resources.must('storage.k8s.io', 'storageclasses').cache;
  const mayGrow = (name: string): boolean =>
    (classes.get(name)?.object as StorageClass | undefined)?.allowVolumeExpansion === true;
  return {
    name: 'PersistentVolumeClaimResize',
    validate({ operation, resource: { kind }, subresource, object, old, name }) {
      if (operation !== 'update' || kind.plural !== 'persistentvolumeclaims' || kind.group !== '' || subresource)
        return;
      const [claim, before] = [object, old] as PersistentVolumeClaim[];
      if (compareQuantities(storageOf(claim!), storageOf(before!)) <= 0) return;
      if (before!.status?.phase !== 'Bound') {
        throw forbidden(kind, name, 'Only bound persistent volume claims can be expanded');
      }
      const className = classOfClaim(claim!);
      if (className !== '' && className === classOfClaim(before!) && mayGrow(className)) return;
      const why =
        'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize';
      throw forbidden(kind, name, why);
    },
  };
}

const storageOf = ({ spec }: PersistentVolumeClaim): string | undefined => spec?.resources?.requests?.['storage'];
