/**
 * Conversion by a webhook: a ConversionReview with all objects of a request goes to the service or URL of the definition, and
 * comes back with each of them in the wanted version.
 *
 * Upstream: apiextensions-apiserver/pkg/apiserver/conversion/webhook_converter.go
 */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { CustomResourceDefinition } from '../../api/custom-resource-definition.ts';
import { ApiError } from '../../api/errors.ts';
import { isJsonObject } from '../../api/structural/json-schema.ts';
import type { KubeObject } from '../../api/types.ts';
import type { WebhookClient } from '../webhook/client.ts';
import type { Converter } from './conversion.ts';

interface ReviewResponse {
  uid?: string;
  convertedObjects?: unknown[];
  result?: { status?: string; message?: string };
}

const known = ['v1', 'v1beta1'];

/** The converter of a definition whose strategy is Webhook. */
export function webhookConverter({ spec }: CustomResourceDefinition, client: Pick<WebhookClient, 'post'>): Converter {
  const { conversionReviewVersions = [] } = spec.conversion?.webhook ?? {};
  const version = conversionReviewVersions.find((one) => known.includes(one));
  return async (objects, desiredAPIVersion) => {
    const about = `conversion webhook for ${gvkText(objects[0]!)}`;
    if (!version) throw failure('no supported conversion review versions');
    const uid = randomUUID();
    const review = {
      kind: 'ConversionReview',
      apiVersion: `apiextensions.k8s.io/${version}`,
      request: { uid, desiredAPIVersion, objects },
    };
    const answer = await attempt(`${about} failed`, async () => responseOf(await client.post(review), version, uid));
    const converted = answer.convertedObjects ?? [];
    if (converted.length !== objects.length) {
      throw failure(`${about} returned ${converted.length} objects, expected ${objects.length}`);
    }
    return converted.map((object, i) => accept(objects[i]!, object, desiredAPIVersion, i, about));
  };
}

const failure = (message: string): ApiError => new ApiError(500, '', message);

/** `stable.example.com/v1, Kind=CronTab` */
const gvkText = ({ apiVersion, kind }: KubeObject): string => `${apiVersion}, Kind=${kind}`;

async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failure(`${what}: ${(error as Error).message}`);
  }
}

function responseOf(answer: unknown, version: string, uid: string): ReviewResponse {
  const { kind, apiVersion, response } = (isJsonObject(answer) ? answer : {}) as Record<string, unknown>;
  const wanted = `apiextensions.k8s.io/${version}`;
  if (version === 'v1' && (kind !== 'ConversionReview' || apiVersion !== wanted)) {
    throw new Error(
      `expected webhook response of ${wanted}, Kind=ConversionReview, got ${String(apiVersion ?? '')}, Kind=${String(kind ?? '')}`,
    );
  }
  if (!isJsonObject(response)) throw new Error('no response provided');
  const { uid: answered, result } = response as ReviewResponse;
  if (version === 'v1' && answered !== uid) {
    throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(answered ?? '')}`);
  }
  if (result?.status !== 'Success') {
    throw new Error(result?.message || `response.result.status was '${result?.status ?? ''}', not 'Success'`);
  }
  return response as ReviewResponse;
}

/** A converted object must be the same one: only what a version may change may differ. */
function accept(original: KubeObject, object: unknown, apiVersion: string, index: number, about: string): KubeObject {
  const wrong = (why: string): ApiError =>
    failure(`${about} returned invalid converted object at index ${index}: ${why}`);
  const converted = object as KubeObject;
  if (!isJsonObject(object) || !isJsonObject(converted.metadata)) throw wrong('it has no metadata');
  if (converted.apiVersion !== apiVersion) {
    throw wrong(`invalid groupVersion (expected ${apiVersion}, received ${converted.apiVersion})`);
  }
  if (converted.kind !== original.kind) {
    throw wrong(`invalid kind (expected ${original.kind}, received ${converted.kind})`);
  }
  for (const name of ['name', 'namespace', 'uid'] as const) {
    const [before, after] = [original.metadata[name] ?? '', converted.metadata[name] ?? ''];
    if (before !== after) throw wrong(`must have the same ${name === 'uid' ? 'UID' : name}: ${before} != ${after}`);
  }
  const { labels, annotations } = converted.metadata;
  for (const [name, map] of Object.entries({ labels, annotations })) {
    if (map !== undefined && map !== null && !isStringMap(map))
      throw wrong(`metadata.${name} must be a map of strings`);
  }
  const { labels: _labels, annotations: _annotations, ...kept } = original.metadata;
  const metadata = { ...kept, ...(hasAny(labels) && { labels }), ...(hasAny(annotations) && { annotations }) };
  return isDeepStrictEqual(metadata, converted.metadata) ? converted : { ...converted, metadata };
}

const hasAny = (map: object | null | undefined): boolean => Object.keys(map ?? {}).length > 0;

const isStringMap = (map: unknown): boolean =>
  isJsonObject(map) && Object.values(map).every((value) => typeof value === 'string');
