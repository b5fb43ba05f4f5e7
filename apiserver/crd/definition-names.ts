/**
 * DefinitionNames: a name that a definition is given is given to no other at the same time, by whichever API server. It is
 * the status of the definition that gives it names, so this stands around the writes of that.
 */
import type { CustomResourceDefinition, DefinitionNames } from '../../api/custom-resource-definition.ts';
import { conflict } from '../../api/errors.ts';
import type { Admission, AdmissionPlugin, GuardedWrite } from '../admission/plugin.ts';
import { type Guard, GuardChangedError } from '../storage/guard.ts';
import type { Storage } from '../storage/storage.ts';
import { acceptNames } from './status.ts';

/** Changed by every write that gives a name. */
const guardKey = '/registry/ranges/customresourcedefinitions';

/** Makes the plugin. Whoever loses a race gets a conflict, and may ask again. */
export function definitionNames(storage: Pick<Storage, 'get'>): AdmissionPlugin {
  async function check({ resource, served, name, object, old }: Admission): Promise<Guard> {
    // The guard before the definitions: what was given under it is then in the cache.
    const guard = await storage.get(guardKey);
    await served.reads.fresh();
    const { spec, status } = object as CustomResourceDefinition;
    const wanted = { ...(old as CustomResourceDefinition), spec: { ...spec, names: status!.acceptedNames! } };
    const all = resource.cache.list().map((entry) => entry.object as CustomResourceDefinition);
    const { condition } = acceptNames(wanted, all);
    if (condition.status !== 'True') throw conflict(resource.kind, name, condition.message!);
    return { key: guardKey, revision: guard?.revision ?? 0 };
  }

  async function checkAndWrite<T>(admission: Admission, write: GuardedWrite<T>): Promise<T> {
    const guard = await check(admission);
    try {
      return await write([guard]);
    } catch (error) {
      if (!(error instanceof GuardChangedError)) throw error;
      throw conflict(admission.resource.kind, admission.name, 'names are being given to another definition');
    }
  }

  return {
    name: 'DefinitionNames',
    reserve: (admission, write) => (givesNames(admission) ? checkAndWrite(admission, write) : write([])),
  };
}

function givesNames({ resource: { kind }, operation, object, old, options }: Admission): boolean {
  if (operation !== 'update' || options.dryRun || kind.plural !== 'customresourcedefinitions') return false;
  const [before, after] = [old, object].map((one) => namesOf((one as CustomResourceDefinition).status?.acceptedNames));
  return after!.some((name) => !before!.includes(name));
}

const namesOf = (names: DefinitionNames | undefined): string[] =>
  [names?.plural, names?.singular, names?.kind, names?.listKind, ...(names?.shortNames ?? [])].filter(
    (name): name is string => name !== undefined && name !== '',
  );
