/** A controller of certificate requests: looks at each one that comes or changes. */
import { certificatesigningrequests } from '../../api/kinds/certificatesigningrequests.ts';
import type { CertificateSigningRequest } from '../../api/types.ts';
import { type Outcome, runController } from '../../client/controller.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { Context, Run } from '../context.ts';

export interface RequestController {
  name: string;
  workers: number;
  /** Is not called for a request that is gone by then. */
  reconcile(request: CertificateSigningRequest): Promise<Outcome>;
}

/** Makes it. */
export function forEachRequest({ informers, logger }: Context, { name, workers, reconcile }: RequestController): Run {
  const queue = new WorkQueue();
  const requests = informers.of(certificatesigningrequests);
  requests.onChange((change, request) => {
    if (change !== 'delete') queue.add(request.metadata.name!);
  });
  const reconcileKey = async (key: string): Promise<Outcome> => {
    const request = requests.get(key);
    return request && reconcile(request);
  };
  return (signal) => runController({ name, queue, workers, reconcile: reconcileKey, logger }, signal);
}
