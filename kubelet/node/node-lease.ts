/**
 * The node's heartbeat: a Lease that is renewed every quarter of its duration. When it runs out, the node counts as lost.
 *
 * Upstream: component-helpers/apimachinery/lease/controller.go
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../../api/errors.ts';
import { leases } from '../../api/kinds/leases.ts';
import { rfc3339Micro } from '../../api/meta.ts';
import type { Lease, Node } from '../../api/types.ts';
import type { Logger } from '../../client/component/log.ts';
import type { RestClient } from '../../client/rest.ts';

const namespace = 'kube-node-lease';
const retryMs = 1000;

/** Renews until `signal` aborts. `node` gives the object that owns the lease, once it is known. */
export async function keepNodeLease(
  client: RestClient,
  name: string,
  node: () => Node | undefined,
  durationSeconds: number,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  let lease: Lease | undefined;
  while (!signal.aborted) {
    let delayMs = (durationSeconds * 1000) / 4;
    try {
      lease = await renew(client, lease, name, node(), durationSeconds);
    } catch (error) {
      // Somebody else wrote it, the namespace is not there yet, or the server is away: read it again.
      logger.debug({ err: error }, 'The node lease was not renewed, will retry');
      lease = undefined;
      delayMs = retryMs;
    }
    await sleep(delayMs, undefined, { signal }).catch(() => undefined);
  }
}

async function renew(
  client: RestClient,
  known: Lease | undefined,
  name: string,
  node: Node | undefined,
  durationSeconds: number,
): Promise<Lease> {
  const api = client.of(leases);
  const spec = { holderIdentity: name, leaseDurationSeconds: durationSeconds, renewTime: rfc3339Micro() };
  const current = known ?? (await api.get(name, namespace).catch(ignoreNotFound));
  const owner = node && { apiVersion: 'v1', kind: 'Node', name, uid: node.metadata.uid ?? '' };
  if (!current) return api.create({ metadata: { name, namespace, ...(owner && { ownerReferences: [owner] }) }, spec });
  const metadata = { ...current.metadata, ...(owner && { ownerReferences: [owner] }) };
  return api.update({ ...current, metadata, spec: { ...current.spec, ...spec } });
}

function ignoreNotFound(error: unknown): undefined {
  if (!(error instanceof ApiError && error.reason === 'NotFound')) throw error;
}
