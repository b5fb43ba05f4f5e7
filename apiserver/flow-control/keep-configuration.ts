/**
 * Keeps the objects of flow control that every cluster has: makes those that are missing, and puts those right that the server
 * keeps (`apf.kubernetes.io/autoupdate-spec: "true"`; the mandatory ones always). Tells each FlowSchema whether its level exists.
 *
 * Upstream: pkg/registry/flowcontrol/{rest,ensurer}, apiserver/pkg/util/flowcontrol (the condition Dangling)
 */
import { ApiError } from '../../api/errors.ts';
import { rfc3339 } from '../../api/meta.ts';
import { isEqual } from '../../api/patch/json.ts';
import type { FlowSchema, KubeObject } from '../../api/types.ts';
import { create } from '../registry/create.ts';
import type { Registry } from '../registry/registry.ts';
import type { Resource } from '../registry/resource.ts';
import { update } from '../registry/update.ts';
import { ownWrite } from '../registry/write-options.ts';
import {
  autoUpdateAnnotation,
  mandatoryLevels,
  mandatorySchemas,
  suggestedLevels,
  suggestedSchemas,
} from './configuration.ts';

type Configured = KubeObject & { spec?: unknown };

const everyMs = 60_000;
/** Changes come in groups. */
const reportAfterMs = 100;
const group = 'flowcontrol.apiserver.k8s.io';

/** Makes the objects now, and again once a minute; reports within a moment. Returns how to stop. */
export async function keepConfiguration(registry: Registry): Promise<() => void> {
  const levels = registry.resources.must(group, 'prioritylevelconfigurations');
  const schemas = registry.resources.must(group, 'flowschemas');
  const attempt = (work: Promise<void>): void => {
    work.catch((error) => {
      registry.logger.warn({ err: error }, 'Cannot keep the configuration of flow control up to date');
    });
  };
  await ensureAll(registry, levels, schemas);
  let reporting: NodeJS.Timeout | undefined;
  const reportSoon = (): void => {
    reporting ??= setTimeout(() => {
      reporting = undefined;
      attempt(reportAll(registry, levels, schemas));
    }, reportAfterMs);
  };
  const subscriber = { changed: reportSoon, lost: reportSoon };
  const unsubscribe = [levels, schemas].map(({ cache }) => cache.subscribe(subscriber));
  reportSoon();
  const timer = setInterval(() => attempt(ensureAll(registry, levels, schemas)), everyMs);
  return () => {
    clearInterval(timer);
    clearTimeout(reporting);
    for (const each of unsubscribe) each();
  };
}

async function ensureAll(registry: Registry, levels: Resource, schemas: Resource): Promise<void> {
  await Promise.all([
    ...mandatoryLevels.map((wanted) => ensure(registry, levels, wanted, true)),
    ...suggestedLevels.map((wanted) => ensure(registry, levels, wanted, false)),
    ...mandatorySchemas.map((wanted) => ensure(registry, schemas, wanted, true)),
    ...suggestedSchemas.map((wanted) => ensure(registry, schemas, wanted, false)),
  ]);
}

async function reportAll(registry: Registry, levels: Resource, schemas: Resource): Promise<void> {
  const all = schemas.cache.list().map(({ object }) => object as FlowSchema);
  await Promise.all(all.map((schema) => reportDangling(registry, schemas, levels, schema).catch(unlessGone)));
}

async function ensure(registry: Registry, resource: Resource, wanted: Configured, mandatory: boolean): Promise<void> {
  const { name = '' } = wanted.metadata;
  const desired = structuredClone(wanted);
  resource.kind.setDefaults?.(desired);
  const stored = resource.cache.get(name)?.object as Configured | undefined;
  if (!stored) {
    await create(registry, resource, '', desired, ownWrite()).catch(unlessExists);
    return;
  }
  if (isEqual(stored.spec, desired.spec) || !(mandatory || isOurs(stored))) return;
  await update(
    registry,
    resource,
    '',
    name,
    (current) => ({ ...current, spec: desired.spec }) as KubeObject,
    ownWrite(),
  );
}

/** Without the annotation an object is ours as long as nobody has changed it. */
function isOurs({ metadata }: KubeObject): boolean {
  const said = metadata.annotations?.[autoUpdateAnnotation];
  return said === undefined ? metadata.generation === 1 : said === 'true';
}

function unlessExists(error: unknown): void {
  if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error;
}

function unlessGone(error: unknown): void {
  if (!(error instanceof ApiError && error.reason === 'NotFound')) throw error;
}

async function reportDangling(
  registry: Registry,
  schemas: Resource,
  levels: Resource,
  schema: FlowSchema,
): Promise<void> {
  const level = schema.spec?.priorityLevelConfiguration.name ?? '';
  const exists = levels.cache.get(level) !== undefined;
  const status = exists ? 'False' : 'True';
  const before = schema.status?.conditions?.find(({ type }) => type === 'Dangling');
  if (before?.status === status) return;
  const named = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`;
  const condition = {
    type: 'Dangling',
    status,
    lastTransitionTime: rfc3339(registry.now()),
    reason: exists ? 'Found' : 'NotFound',
    message: exists ? `${named} and it exists` : `${named} but there is no such object`,
  };
  const others = (conditions: NonNullable<FlowSchema['status']>['conditions'] = []) =>
    conditions.filter(({ type }) => type !== 'Dangling');
  const withCondition = (current: KubeObject): KubeObject => {
    const { status: reported } = current as FlowSchema;
    return {
      ...current,
      status: { ...reported, conditions: [...others(reported?.conditions), condition] },
    } as KubeObject;
  };
  await update(registry, schemas, '', schema.metadata.name ?? '', withCondition, {
    ...ownWrite(),
    subresource: 'status',
  });
}
