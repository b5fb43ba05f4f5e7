/** How the kinds that run a number of replicas are scaled. */
import type { ScalePaths } from '../kind.ts';

/** The number is in `spec.replicas`, how many there are in `status.replicas`; `selector` finds the pods. */
export const scaleByReplicas = <T>(selector: ScalePaths<T>['selector']): ScalePaths<T> => ({
  specReplicas: ['spec', 'replicas'],
  statusReplicas: ['status', 'replicas'],
  selector,
});
