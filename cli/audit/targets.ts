/** What a command line of `minikctl audit` is about. The log can be read while no server runs: then the built-in kinds are known. */
import type { ApiResource } from '../resources.ts';
import { Resources } from '../resources.ts';
import type { Session } from '../session.ts';
import { parseTargets } from '../targets.ts';
import type { AuditTarget } from './filter.ts';

/** Throws, in kubectl's words, for what names no resource. */
export async function auditTargets(args: string[], session: Session): Promise<AuditTarget[]> {
  if (args.length === 0) return [];
  const targets = parseTargets(args, await knownResources(session));
  return targets.map(({ resource: { group, plural, namespaced }, name }) => ({ group, plural, namespaced, name }));
}

async function knownResources(session: Session): Promise<Resources> {
  try {
    return await session.resources();
  } catch {
    const { allKinds } = await import('../../api/kinds/all.ts');
    return new Resources(
      allKinds.map(
        ({ group, version, kind, plural, namespaced, singular, shortNames = [], categories = [] }): ApiResource => ({
          ...{ group, version, kind, plural, namespaced, singular, shortNames, categories },
          verbs: [],
          subresources: [],
        }),
      ),
    );
  }
}
