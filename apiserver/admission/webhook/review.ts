/**
 * What a webhook is asked, and what its answer must be: an AdmissionReview in a version that the webhook knows. Pure.
 *
 * Upstream: apiserver/pkg/admission/plugin/webhook/request/admissionreview.go
 */
import { isObject, type JsonObject } from '../../../api/patch/json.ts';
import type { Status } from '../../../api/types.ts';
import type { Resource } from '../../registry/resource.ts';
import { kindIn, type Versioned } from '../matching/equivalent.ts';
import { namespaceOf } from '../matching/selectors.ts';
import type { Admission } from '../plugin.ts';
import { operationOptions } from './operation-options.ts';

export type ReviewVersion = 'v1' | 'v1beta1';

const known: readonly string[] = ['v1', 'v1beta1'] satisfies ReviewVersion[];

/** The first version that both sides know; validation has made sure that there is one. */
export const reviewVersionOf = (versions: readonly string[]): ReviewVersion =>
  (versions.find((version) => known.includes(version)) ?? 'v1') as ReviewVersion;

const groupVersionOf = (version: ReviewVersion): string => `admission.k8s.io/${version}`;

const gvkOf = ({ group, version, kind }: Admission['kind']) => ({ group, version, kind });
const gvrOf = ({ kind }: Resource) => ({ group: kind.group, version: kind.version, resource: kind.plural });

/** The request of a review; conditions in CEL see it as well. */
export function admissionRequest(uid: string, admission: Admission, { target, object, old }: Versioned) {
  const { resource, kind, subresource, name, operation, options } = admission;
  const { user, dryRun } = options;
  const namespace = namespaceOf(admission);
  return {
    uid,
    kind: gvkOf(kindIn(target, admission)),
    resource: gvrOf(target),
    ...(subresource && { subResource: subresource }),
    requestKind: gvkOf(kind),
    requestResource: gvrOf(resource),
    ...(subresource && { requestSubResource: subresource }),
    ...(name && { name }),
    ...(namespace && { namespace }),
    operation: operation.toUpperCase(),
    userInfo: {
      username: user.name,
      ...(user.uid && { uid: user.uid }),
      ...(user.groups.length > 0 && { groups: user.groups }),
      ...(user.extra && { extra: user.extra }),
    },
    object: object ?? null,
    oldObject: old ?? null,
    dryRun,
    options: operationOptions(admission) ?? null,
  };
}

/** The whole review. */
export const reviewOf = (version: ReviewVersion, request: object) => ({
  kind: 'AdmissionReview',
  apiVersion: groupVersionOf(version),
  request,
});

/** An answer that has been checked. */
export interface Verdict {
  allowed: boolean;
  status: Partial<Status> | undefined;
  /** The JSON of a JSON Patch, if there is one. */
  patch: string | undefined;
  patchType: string;
  warnings: readonly string[];
  auditAnnotations: Readonly<Record<string, string>>;
}

/** Throws an Error for an answer that is none to this question. */
export function verdictOf(answer: unknown, version: ReviewVersion, uid: string, mutating: boolean): Verdict {
  if (!isObject(answer)) throw new Error("couldn't get version/kind; the answer is no object");
  const { response } = answer;
  if (!isObject(response)) throw new Error('webhook response was absent');
  if (version === 'v1' && response['uid'] !== uid) {
    throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(text(response['uid']))}`);
  }
  checkType(answer, version);
  checkFields(response);
  const patch = patchOf(response, version, mutating);
  const { allowed, status, warnings, auditAnnotations } = response;
  return {
    allowed: allowed === true,
    status: isObject(status) ? (status as Partial<Status>) : undefined,
    ...patch,
    warnings: (warnings ?? []) as string[],
    auditAnnotations: (auditAnnotations ?? {}) as Record<string, string>,
  };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** In v1beta1 an answer need not say what it is. */
function checkType({ kind, apiVersion }: JsonObject, version: ReviewVersion): void {
  const wanted = groupVersionOf(version);
  if (kind === 'AdmissionReview' && apiVersion === wanted) return;
  if (version === 'v1beta1' && kind === undefined && apiVersion === undefined) return;
  throw new Error(
    `expected webhook response of ${wanted}, Kind=AdmissionReview, got ${text(apiVersion)}, Kind=${text(kind)}`,
  );
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isTextMap: Check = (value) => isObject(value) && Object.values(value).every(isText);

const fieldTypes: Record<string, [is: Check, type: string]> = {
  allowed: [(value) => typeof value === 'boolean', 'bool'],
  status: [isStatus, 'v1.Status'],
  patch: [isText, '[]uint8'],
  patchType: [isText, 'v1.PatchType'],
  warnings: [(value) => Array.isArray(value) && value.every(isText), '[]string'],
  auditAnnotations: [isTextMap, 'map[string]string'],
};

function isStatus(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { code, ...rest } = value;
  const texts = ['status', 'message', 'reason'].every((name) => rest[name] === undefined || isText(rest[name]));
  return (
    texts &&
    (code === undefined || Number.isInteger(code)) &&
    (rest['details'] === undefined || isObject(rest['details']))
  );
}

function checkFields(response: JsonObject): void {
  for (const [name, [is, type]] of Object.entries(fieldTypes)) {
    const value = response[name];
    if (value === undefined || value === null || is(value)) continue;
    throw new Error(`json: cannot unmarshal into Go struct field AdmissionResponse.response.${name} of type ${type}`);
  }
}

/** A validating webhook has no patch, and in v1 a patch comes with its type. */
function patchOf(
  response: JsonObject,
  version: ReviewVersion,
  mutating: boolean,
): Pick<Verdict, 'patch' | 'patchType'> {
  const encoded = text(response['patch']);
  const { patchType = null } = response;
  if (!mutating) {
    if (version === 'v1' && encoded) throw new Error('validating webhook may not return response.patch');
    if (version === 'v1' && patchType !== null) throw new Error('validating webhook may not return response.patchType');
    return { patch: undefined, patchType: '' };
  }
  if (version === 'v1') {
    if (encoded && patchType === null) throw new Error('webhook returned response.patch but not response.patchType');
    if (!encoded && patchType !== null) throw new Error('webhook returned response.patchType but not response.patch');
    if (patchType === '') throw new Error('webhook returned invalid response.patchType of ""');
  }
  if (encoded && !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(encoded)) throw new Error('illegal base64 data in response.patch');
  const patch = encoded ? Buffer.from(encoded, 'base64').toString() : undefined;
  return { patch, patchType: version === 'v1' ? text(patchType) : 'JSONPatch' };
}
