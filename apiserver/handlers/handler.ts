/** What answers a request for a resource, once it is known who asks for what. */
import { type FieldError, field, invalid } from '../../api/errors.ts';
import { isPrintable, maxFieldManagerLength, validateFieldManager } from '../../api/validate-field-manager.ts';
import type { Registry } from '../registry/registry.ts';
import type { Resource } from '../registry/resource.ts';
import type { WriteOptions } from '../registry/write-options.ts';
import type { Call, Reply } from '../request/call.ts';
import { isApply } from '../request/patch.ts';

export type Handler = (registry: Registry, resource: Resource, call: Call) => Promise<Reply>;

/** What the options of a verb are called. */
const optionKinds: Record<string, string> = { create: 'CreateOptions', update: 'UpdateOptions', patch: 'PatchOptions' };

/**
 * The options of a write that stand in the query. Throws a 422 that names all that is wrong with them.
 *
 * Upstream: apimachinery/pkg/apis/meta/v1/validation, apiserver/pkg/endpoints/handlers/create.go managerOrUserAgent
 */
export function writeOptionsOf(call: Call): WriteOptions & { manager: string } {
  const { user, query, info, warnings, auditAnnotations, audit } = call;
  const dryRun = query.getAll('dryRun').filter((value) => value !== '');
  const fieldManager = query.get('fieldManager') ?? '';
  const errors: FieldError[] = validateFieldManager(fieldManager, 'fieldManager');
  if (info.verb === 'patch') errors.unshift(...patchOptionErrors(call, fieldManager));
  if (dryRun.some((value) => value !== 'All')) errors.push(field.notSupported('dryRun', dryRun, ['All']));
  const fieldValidation = query.get('fieldValidation') ?? '';
  const validations = ['', 'Ignore', 'Strict', 'Warn'];
  if (!validations.includes(fieldValidation)) {
    errors.push(field.notSupported('fieldValidation', fieldValidation, validations));
  }
  if (errors.length > 0) {
    throw invalid({ group: 'meta.k8s.io', kind: optionKinds[info.verb] ?? 'DeleteOptions' }, '', errors);
  }
  const manager = fieldManager || fromUserAgent(call.headers['user-agent']);
  return { user, warnings, auditAnnotations, audit, dryRun: dryRun.length > 0, manager, query };
}

function patchOptionErrors(call: Call, fieldManager: string): FieldError[] {
  if (isApply(call)) {
    return fieldManager === '' ? [field.required('fieldManager', 'is required for apply patch')] : [];
  }
  return call.query.has('force') ? [field.forbidden('force', 'may not be specified for non-apply patch')] : [];
}

/** `kubectl` of `kubectl/v1.33.1 (linux/amd64)`: who writes without saying its name. */
function fromUserAgent(userAgent = ''): string {
  let name = '';
  for (const character of userAgent.split('/', 1)[0]!) {
    if (!isPrintable(character)) continue;
    if (Buffer.byteLength(name + character) > maxFieldManagerLength) break;
    name += character;
  }
  return name;
}
