/**
 * Decoding a body: the bytes become an object of the expected kind, with unknown, repeated and mistyped fields reported
 * as `fieldValidation` asks, in the words of Kubernetes' decoder.
 *
 * Upstream: apiserver/pkg/endpoints/handlers/{create,rest}.go, apimachinery/pkg/runtime/serializer/json
 */
import { keepReset } from '../../api/apply/entries.ts';
import { type ApiError, badRequest, unsupportedMediaType } from '../../api/errors.ts';
import { apiVersionOf } from '../../api/kind.ts';
import { shownText } from '../../api/meta.ts';
import type { ObjectType } from '../../api/object-type.ts';
import { checkObjectCount, type ParsedBody, parseJson, strictErrors } from '../../api/parse-json.ts';
import { ProtobufError } from '../../api/protobuf-wire.ts';
import type { KubeObject } from '../../api/types.ts';
import type { Call } from './call.ts';
import { readYaml } from './read-yaml.ts';

/** What the body must be. */
export interface ExpectedType {
  kind: { group: string; version: string; kind: string };
  type: ObjectType;
}

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

type Parse = (body: Buffer, expected: ExpectedType, findDuplicates: boolean) => ParsedBody | Promise<ParsedBody>;

/** What bodies may be. The rarer ones are loaded with the first body of their type: most servers never see one. */
const parsers: Record<string, Parse> = {
  'application/json': (body, _, findDuplicates) => parseJson(body.toString(), findDuplicates),
  'application/yaml': (body) => readYaml(body.toString()),
  'application/vnd.kubernetes.protobuf': async (body, expected) => {
    const { parseProtobuf } = await import('../../api/parse-protobuf.ts');
    const value = parseProtobuf(body, { ...expected.kind, schema: expected.type.schema! });
    checkObjectCount(value);
    return { value, duplicates: [] };
  },
};

const { 'application/vnd.kubernetes.protobuf': _, ...withoutProtobuf } = parsers;

/** The media type of the body; JSON when the request does not say. */
export const mediaType = (call: Call): string =>
  (call.headers['content-type'] ?? 'application/json').split(';', 1)[0]!.trim().toLowerCase();

/** Reads the `fieldValidation` parameter. */
export function fieldValidationOf({ query }: Call): FieldValidation {
  const value = query.get('fieldValidation') || 'Warn';
  if (value === 'Strict' || value === 'Warn' || value === 'Ignore') return value;
  throw badRequest(`Invalid value for fieldValidation: "${value}": must be one of: Ignore, Strict, Warn`);
}

/** Reads the body as an object of that type. Throws a 400 or a 415; warnings go to the call. */
export async function decodeBody<T = KubeObject>(call: Call, expected: ExpectedType): Promise<T> {
  const validation = fieldValidationOf(call);
  const body = await call.body();
  const parsed = await parse(mediaType(call), body, expected, validation !== 'Ignore');
  const object = typed(call, expected, parsed, validation);
  call.audit?.requested(object);
  return object as T;
}

/** Parses a body of one of the media types. Only protobuf depends on what is expected. */
export async function parse(
  type: string,
  body: Buffer,
  expected: ExpectedType,
  findDuplicates: boolean,
): Promise<ParsedBody> {
  const accepted = expected.type.schema ? parsers : withoutProtobuf;
  const parser = Object.hasOwn(accepted, type) && accepted[type];
  if (!parser) throw unsupportedMediaType(Object.keys(accepted));
  try {
    return await parser(body, expected, findDuplicates);
  } catch (error) {
    if (error instanceof ProtobufError) throw unrecognized(expected, error.message, body);
    if (!(error instanceof SyntaxError)) throw error;
    throw unrecognized(expected, `couldn't get version/kind; json parse error: ${error.message}`, body);
  }
}

function typed(call: Call, expected: ExpectedType, parsed: ParsedBody, validation: FieldValidation): KubeObject {
  const object = parsed.value as KubeObject;
  if (typeof object === 'object' && object !== null && !Array.isArray(object)) {
    object.kind ??= expected.kind.kind;
    object.apiVersion ??= apiVersionOf(expected.kind);
    checkType(object, expected);
    if (object.metadata === undefined || object.metadata === null) object.metadata = {};
  }
  const { unknown, typeErrors } = expected.type.check(object);
  if (typeErrors.length > 0) throw cannotBeHandled(expected, typeErrors[0]!);
  report(call, strictErrors(parsed, unknown), validation, (why) => cannotBeHandled(expected, why));
  keepReset(object);
  expected.type.prune(object);
  object.metadata ??= {};
  return object;
}

/** Applies `fieldValidation` to the fields that were found wrong; `refuse` makes the error of a strict request. */
export function report(
  call: Call,
  found: string[],
  validation: FieldValidation,
  refuse: (why: string) => ApiError,
): void {
  if (found.length === 0 || validation === 'Ignore') return;
  if (validation === 'Strict') throw refuse(`strict decoding error: ${found.join(', ')}`);
  for (const text of found) call.warnings.push(text);
}

function checkType({ kind, apiVersion }: KubeObject, { kind: expected }: ExpectedType): void {
  const wanted = apiVersionOf(expected);
  if (kind === expected.kind && apiVersion === wanted) return;
  if (kind === expected.kind) {
    throw badRequest(
      `the API version in the data (${shownText(apiVersion)}) does not match the expected API version (${wanted})`,
    );
  }
  const version = shownText(apiVersion).split('/').at(-1);
  const shown = shownText(kind);
  throw badRequest(
    `${shown} in version ${JSON.stringify(version)} cannot be handled as a ${expected.kind}: the kind in the data (${shown}) does not match the expected kind (${expected.kind})`,
  );
}

const cannotBeHandled = ({ kind: { kind, version } }: ExpectedType, why: string): ApiError =>
  badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${why}`);

const unrecognized = ({ kind: { kind } }: ExpectedType, why: string, body: Buffer): ApiError =>
  badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${summary(body)})`);

/** The beginning of a body: as text if it looks like JSON, else in hex. */
function summary(body: Buffer): string {
  if (body.length === 0) return '<empty>';
  const encoding = body[0] === 0x7b ? 'utf8' : 'hex';
  return body.length > 30 ? `${body.toString(encoding, 0, 30)} ...` : body.toString(encoding);
}
