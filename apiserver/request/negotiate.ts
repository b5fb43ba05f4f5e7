/**
 * What form of answer the client accepts: JSON or YAML, and the object itself, a Table, or its metadata alone. Of several
 * acceptable forms the client's first wins.
 *
 * Upstream: apiserver/pkg/endpoints/handlers/negotiation/negotiate.go
 */
import { notAcceptable } from '../../api/errors.ts';

export type Serialization = 'json' | 'yaml';

export interface Form {
  serialization: Serialization;
  /** `object` stands for the resource as it is. */
  as: 'object' | 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
  /** Version of `meta.k8s.io` in which the transformed object is answered. */
  version: 'v1' | 'v1beta1';
}

const serializations: Record<string, Serialization> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  '*/*': 'json',
  'application/*': 'json',
};

export const contentTypes: Record<Serialization, string> = { json: 'application/json', yaml: 'application/yaml' };

const plain: Form = { serialization: 'json', as: 'object', version: 'v1' };

/** Asked for on nearly every request, with few different values. */
const known = new Map<string, Form>();
const maxKnown = 200;

/** The best form for an `Accept` header. Throws a 406 when there is none. */
export function negotiate(accept: string | undefined): Form {
  if (!accept) return plain;
  let form = known.get(accept);
  if (!form) {
    form = choose(accept);
    if (known.size < maxKnown) known.set(accept, form);
  }
  return form;
}

function choose(accept: string): Form {
  for (const clause of accept.split(',')) {
    const { type, parameters } = parseClause(clause);
    const serialization = serializations[type];
    if (!serialization) continue;
    const as = parameters['as'] ?? '';
    if (as === '') return { serialization, as: 'object', version: 'v1' };
    const { g: group = 'meta.k8s.io', v: version = 'v1' } = parameters;
    if (group !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) continue;
    if (as === 'Table' || as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') {
      return { serialization, as, version };
    }
  }
  throw notAcceptable(['application/json', 'application/yaml']);
}

/** `application/json;as=Table;v=v1` -> type and parameters. Also used for discovery, whose `as` differs. */
export function parseClause(clause: string): { type: string; parameters: Record<string, string> } {
  const [type = '', ...rest] = clause.split(';').map((part) => part.trim());
  const parameters: Record<string, string> = {};
  for (const pair of rest) {
    const equals = pair.indexOf('=');
    if (equals > 0) parameters[pair.slice(0, equals)] = pair.slice(equals + 1);
  }
  return { type: type.toLowerCase(), parameters };
}
