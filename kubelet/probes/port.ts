/** Which port a probe or hook means: a number, or the name of one of the container's ports. */
import type { Container } from '../../api/types.ts';

/** Throws, in Kubernetes' words, when the container has no such port. */
export function portOf(port: string | number, container: Container): number {
  if (typeof port === 'number') return port;
  const named = container.ports?.find((p) => p.name === port)?.containerPort;
  if (named !== undefined) return named;
  if (/^\d+$/.test(port)) return Number(port);
  throw new Error(`couldn't find port: ${JSON.stringify(port)} in container ${container.name}`);
}
