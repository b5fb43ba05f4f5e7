/** A container's fingerprint: what must not change while it runs. */
import { createHash } from 'node:crypto';
import type { Container } from '../../api/types.ts';

/** Name and image, the only mutable part of a running pod's container. Upstream: HashContainer */
export const containerHash = (container: Container): string =>
  createHash('sha256')
    .update(JSON.stringify([container.name, container.image]))
    .digest('hex')
    .slice(0, 8);
