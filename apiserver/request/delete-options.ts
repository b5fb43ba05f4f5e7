/**
 * The options of a delete: from the body, or from the query when there is no body.
 *
 * Upstream: apiserver/pkg/endpoints/handlers/delete.go, apimachinery/pkg/apis/meta/v1/validation ValidateDeleteOptions
 */
import { badRequest, type FieldError, field, invalid } from '../../api/errors.ts';
import { builtInType } from '../../api/object-type.ts';
import type { DeleteOptions } from '../registry/deletion.ts';
import type { Call } from './call.ts';
import { mediaType, parse } from './decode.ts';
import { queryBool } from './info.ts';
import { queryInt } from './list-options.ts';

type DeleteOptionsBody = DeleteOptions & { kind?: string; apiVersion?: string; dryRun?: string[] };

const expected = {
  kind: { group: '', version: 'v1', kind: 'DeleteOptions' },
  type: builtInType('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions'),
};

/** Reads and checks the options. `dryRun` is true when either place asks for it. */
export async function deleteOptionsOf(call: Call): Promise<{ options: DeleteOptions; dryRun: boolean }> {
  const body = await call.body();
  const options = body.length > 0 ? await fromBody(call, body) : fromQuery(call.query);
  call.audit?.requested(options);
  const errors = check(options);
  if (errors.length > 0) throw invalid({ group: '', kind: 'DeleteOptions' }, '', errors);
  return { options, dryRun: (options.dryRun ?? []).length > 0 };
}

async function fromBody(call: Call, body: Buffer): Promise<DeleteOptionsBody> {
  const { value } = await parse(mediaType(call), body, expected, false);
  const { typeErrors } = expected.type.check(value);
  if (typeErrors.length > 0) throw badRequest(typeErrors[0]!);
  const options = (value ?? {}) as DeleteOptionsBody;
  if (options.kind !== undefined && options.kind !== 'DeleteOptions') {
    throw badRequest(`${options.kind} in version "v1" cannot be handled as a DeleteOptions`);
  }
  return options;
}

function fromQuery(query: URLSearchParams): DeleteOptionsBody {
  const gracePeriodSeconds = queryInt(query, 'gracePeriodSeconds');
  const propagationPolicy = query.get('propagationPolicy');
  return {
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    ...(propagationPolicy && { propagationPolicy }),
    ...(query.has('orphanDependents') && { orphanDependents: queryBool(query, 'orphanDependents') }),
  };
}

function check({ propagationPolicy, orphanDependents, dryRun }: DeleteOptionsBody): FieldError[] {
  const errors: FieldError[] = [];
  if (propagationPolicy !== undefined && orphanDependents !== undefined) {
    errors.push(
      field.invalid(
        'propagationPolicy',
        propagationPolicy,
        'orphanDependents and deletionPropagation cannot be both set',
      ),
    );
  }
  const policies = ['Foreground', 'Background', 'Orphan'];
  if (propagationPolicy !== undefined && !policies.includes(propagationPolicy)) {
    errors.push(field.notSupported('propagationPolicy', propagationPolicy, [...policies, 'nil']));
  }
  for (const value of dryRun ?? []) if (value !== 'All') errors.push(field.notSupported('dryRun', dryRun, ['All']));
  return errors;
}
