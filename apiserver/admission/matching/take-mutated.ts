/**
 * What a webhook or a policy has made of the object of a request becomes that object: in the version of the request, without what
 * its type does not have, and with defaults for what it lacks.
 *
 * Upstream: apiserver/pkg/admission/plugin/webhook/mutating/dispatcher.go, plugin/policy/mutating/dispatcher.go,
 * endpoints/handlers/fieldmanager/admission.go
 */
import { decodeEntries } from '../../../api/apply/entries.ts';
import { internalError } from '../../../api/errors.ts';
import { isEqual } from '../../../api/patch/json.ts';
import type { KubeObject } from '../../../api/types.ts';
import type { Resource } from '../../registry/resource.ts';
import type { Admission } from '../plugin.ts';
import { convert, isOwnKind } from './equivalent.ts';

/** Changes the object of the request. `mutated` is in the version of `target`; it may be changed. Throws a 500 when its type does not allow it. */
export async function takeMutated(admission: Admission, target: Resource, mutated: KubeObject): Promise<void> {
  const { object, resource, options } = admission;
  if (!object) throw internalError('a request without an object cannot be changed');
  const own = isOwnKind(admission);
  const type = own ? target.type : admission.type;
  const { typeErrors = [] } = type?.check(mutated) ?? {};
  if (typeErrors.length > 0) throw internalError(typeErrors[0]!);
  type?.prune(mutated);
  mutated.metadata ??= {};
  if (own) target.kind.setDefaults?.(mutated);
  keepOwners(object, mutated, options.warnings);
  replaceContent(object, own ? await convert(target, resource, mutated) : mutated);
}

/** Who knows nothing of the owners of fields must not destroy what is known of them. */
function keepOwners(before: KubeObject, { metadata }: KubeObject, warnings: string[]): void {
  // The options of a connection have no metadata.
  const owners = before.metadata?.managedFields;
  if (isEqual(metadata.managedFields, owners)) return;
  try {
    decodeEntries(metadata.managedFields ?? []);
  } catch (error) {
    warnings.push(
      `.metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests: ${(error as Error).message}`,
    );
    if (owners) metadata.managedFields = owners;
    else delete metadata.managedFields;
  }
}

/** The object stays the same one to those who hold it. */
function replaceContent(object: KubeObject, content: KubeObject): void {
  const record = object as unknown as Record<string, unknown>;
  for (const name of Object.keys(record)) if (!Object.hasOwn(content, name)) delete record[name];
  Object.assign(record, content);
}
