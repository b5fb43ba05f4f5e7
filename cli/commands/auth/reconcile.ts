/**
 * `minikctl auth reconcile -f`: makes roles and bindings give at least what their manifests say. Other objects are left alone.
 * Upstream: kubectl/pkg/cmd/auth/reconcile.go
 */
import { ApiError } from '../../../api/errors.ts';
import { namespaces } from '../../../api/kinds/namespaces.ts';
import { type BindingLike, type RoleLike, reconcileBinding, reconcileRole } from '../../../api/rbac/reconcile.ts';
import type { KubeObject } from '../../../api/types.ts';
import type { CliCommand } from '../../command.ts';
import { type DryRun, dryRunOption, parseDryRun, withDryRun } from '../../dry-run.ts';
import { throwIfAny } from '../../errors.ts';
import { filenameOptions, type Manifest, readManifests } from '../../manifests.ts';
import { parseOutput } from '../../output.ts';
import { printResult, resultOutputOption } from '../../print-result.ts';
import { type Reconciliation, type Removal, reconciliationLines } from '../../reconcile-lines.ts';
import { type Selected, selectedOf } from '../../select.ts';
import type { Session } from '../../session.ts';

const group = 'rbac.authorization.k8s.io';
const version = `${group}/v1`;
/** An object that comes and goes while it is reconciled ends the attempts. */
const maxAttempts = 4;

export const reconcile: CliCommand = {
  usage: '-f (FILE | FOLDER | -)',
  options: [
    ...filenameOptions,
    resultOutputOption,
    dryRunOption,
    ['--remove-extra-permissions', 'Take away from roles what the manifests do not give.'],
    ['--remove-extra-subjects', 'Take away from bindings whom the manifests do not name.'],
  ],
  examples: '  minikctl auth reconcile -f roles.yaml --remove-extra-subjects',
  async run(args, options, session) {
    if (options['kustomize']) throw new Error('--kustomize is not supported yet');
    const files = (options['filename'] as string[] | undefined) ?? [];
    if (files.length === 0) throw new Error('must specify one of -f and -k');
    if (args.length > 0) throw new Error('no arguments are allowed');
    const dryRun = parseDryRun(options, session);
    if (dryRun === 'server') throw new Error('--dry-run=server for command reconcile is not supported yet');
    const output = parseOutput(String(options['output']));
    const remove: Removal = {
      permissions: options['removeExtraPermissions'] === true,
      subjects: options['removeExtraSubjects'] === true,
    };
    const resources = await session.resources();
    const manifests = await readManifests(files, options['recursive'] === true, 'Ignore', (line) => session.warn(line));
    const errors: unknown[] = [];
    for (const manifest of manifests.filter(({ object }) => object.apiVersion.startsWith(`${group}/`))) {
      try {
        const selected = selectedOf(checked(manifest), resources, session);
        const { object, ...result } = await reconcileOne(manifest.object, selected, remove, dryRun, session);
        await printResult({ resource: selected.resource, object }, withDryRun('reconciled', dryRun), output, session);
        for (const line of reconciliationLines(result, remove)) session.warn(line);
      } catch (error) {
        errors.push(error);
      }
    }
    throwIfAny(errors);
  },
};

/** Throws for a version whose rules may mean something else. */
function checked(manifest: Manifest): Manifest {
  const { apiVersion, kind } = manifest.object;
  if (apiVersion === version) return manifest;
  throw new Error(`only ${version} is supported: not *${apiVersion.slice(group.length + 1)}.${kind}`);
}

type Result = Reconciliation & { object: KubeObject };

async function reconcileOne(
  wanted: KubeObject,
  selected: Selected,
  remove: Removal,
  dryRun: DryRun,
  session: Session,
): Promise<Result> {
  const { resource, namespace, name } = selected;
  const api = session.rest.of<KubeObject>(resource);
  const placed = withDefaults({ ...wanted, metadata: { ...wanted.metadata, ...(namespace && { namespace }) } });
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const stored = await api.get(name, namespace).catch(unless('NotFound'));
    const result = stored ? changeOf(stored, placed, remove) : creationOf(placed);
    if (dryRun !== 'none' || result.isProtected || result.operation === 'none') return result;
    if (result.operation === 'recreate')
      await api.delete(name, namespace, { preconditions: { uid: stored!.metadata.uid } }).catch(unless('NotFound'));
    if (result.operation === 'create' && namespace) await ensureNamespace(namespace, session);
    const written = await (result.operation === 'update'
      ? api.update(result.object).catch(unless('NotFound'))
      : api.create(result.object).catch(unless('AlreadyExists')));
    if (written) return { ...result, object: written };
  }
  throw new Error('exceeded maximum attempts');
}

/** Subjects as the server would store them, so that they compare. */
function withDefaults(object: KubeObject): KubeObject {
  const { subjects } = object as BindingLike;
  if (!subjects) return object;
  const defaulted = subjects.map((subject) =>
    subject.kind === 'ServiceAccount' ? subject : { ...subject, apiGroup: subject.apiGroup || group },
  );
  return { ...object, subjects: defaulted } as KubeObject;
}

const isBinding = (object: KubeObject): object is BindingLike => 'roleRef' in object;

function creationOf(wanted: KubeObject): Result {
  const { rules } = wanted as RoleLike;
  const parts = isBinding(wanted) ? { missingSubjects: wanted.subjects ?? [] } : { missingRules: rules ?? [] };
  return { object: wanted, operation: 'create', isProtected: false, ...parts };
}

function changeOf(stored: KubeObject, wanted: KubeObject, remove: Removal): Result {
  if (isBinding(wanted)) {
    const { missing, extra, ...rest } = reconcileBinding(stored as BindingLike, wanted, remove.subjects);
    return { ...rest, missingSubjects: missing, extraSubjects: extra };
  }
  const { missing, extra, ...rest } = reconcileRole(stored as RoleLike, wanted as RoleLike, remove.permissions);
  return { ...rest, missingRules: missing, extraRules: extra };
}

async function ensureNamespace(name: string, session: Session): Promise<void> {
  const api = session.rest.of(namespaces);
  if (await api.get(name).catch(unless('NotFound'))) return;
  await api.create({ metadata: { name } }).catch(unless('AlreadyExists'));
}

/** For whom the API's refusal for this reason is an answer: undefined. */
const unless =
  (reason: string) =>
  (error: unknown): undefined => {
    if (!(error instanceof ApiError && error.reason === reason)) throw error;
  };
