/** What of others stands in an answer that its reader may not read. */
import type { Access } from './access.ts';
import type { Person } from './people.ts';
import { type Canary, canariesIn, canaryOf, cluster, targets } from './targets.ts';

const reads = ['get', 'list', 'watch'];

/** The canaries that the person may not see. `allowed` is the access that the answer is to: a write answers with its object. */
export function leaksOf(text: string, person: Person, allowed: Access | undefined): string[] {
  return canariesIn(text)
    .filter((canary) => !mayRead(person, canary) && !(allowed && isAbout(allowed, canary)))
    .map(({ plural, place }) => canaryOf(plural, place));
}

const namespaceOf = (place: string): string => (place === cluster ? '' : place);

/** By its name or with the others, in any of the groups that serve it. */
function mayRead({ rights }: Person, { plural, place }: Canary): boolean {
  return targets
    .filter((target) => target.plural === plural)
    .some(({ group, name }) =>
      reads.some((verb) =>
        [plural === 'namespaces' ? place : name('target'), ''].some(
          (name) =>
            rights({ verb, group, resource: plural, subresource: '', namespace: namespaceOf(place), name }) ===
            'allowed',
        ),
      ),
    );
}

const isAbout = ({ resource, namespace }: Access, { plural, place }: Canary): boolean =>
  resource === plural && (namespace === '' || namespace === namespaceOf(place));
