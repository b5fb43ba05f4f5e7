/**
 * `minikctl apply -f`: makes objects what their manifests say, creating those that do not exist.
 * Upstream: kubectl/pkg/cmd/apply. Left out: server-side apply, pruning, dry runs; all refused by name.
 */
import { ApiError } from '../../api/errors.ts';
import type { KubeObject } from '../../api/types.ts';
import { lastApplied, lastAppliedAnnotation, patchFor, withLastApplied } from '../apply.ts';
import type { CliCommand } from '../command.ts';
import { throwIfAny, usageError, whileDoing } from '../errors.ts';
import {
  type FieldValidation,
  filenameOptions,
  type Manifest,
  parseValidation,
  readManifests,
  validateOption,
} from '../manifests.ts';
import { formatItems, type Output, parseOutput } from '../output.ts';
import { objectLabel } from '../resources.ts';
import { type Selected, selectedOf } from '../select.ts';
import type { Session } from '../session.ts';
import { createObject, patchObject } from '../write.ts';

const fieldManager = 'kubectl-client-side-apply';

export const apply: CliCommand = {
  usage: '-f (FILE | FOLDER | -)',
  options: [
    ...filenameOptions,
    validateOption,
    ['-o, --output <format>', 'Print the objects: json, yaml, name.', { default: '' }],
    ['--server-side', 'Not supported yet.'],
  ],
  examples: `  minikctl apply -f pod.yaml
  minikctl apply -R -f manifests/
  cat pod.yaml | minikctl apply -f -`,
  async run(args, options, session) {
    if (args.length > 0) throw usageError('apply', `Unexpected args: [${args.join(' ')}]`);
    if (options['serverSide']) throw new Error('--server-side is not supported yet: apply without it');
    if (options['kustomize']) throw new Error('--kustomize is not supported yet');
    const files = (options['filename'] as string[] | undefined) ?? [];
    if (files.length === 0) throw new Error('must specify one of -f and -k');
    const output = parseOutput(String(options['output']));
    const validation = parseValidation(options['validate']);
    const manifests = await readManifests(files, options['recursive'] === true, validation, (line) =>
      session.warn(line),
    );
    if (manifests.length === 0) throw new Error('no objects passed to apply');
    const resources = await session.resources();
    const errors: unknown[] = [];
    for (const manifest of manifests) {
      try {
        await applyOne(manifest, selectedOf(manifest, resources, session), validation, output, session);
      } catch (error) {
        errors.push(error);
      }
    }
    throwIfAny(errors);
  },
};

async function applyOne(
  { object, source }: Manifest,
  selected: Selected,
  validation: FieldValidation,
  output: Output,
  session: Session,
): Promise<void> {
  const { resource, namespace, name } = selected;
  if (!name)
    throw new Error(
      object.metadata.generateName
        ? `from ${object.metadata.generateName}: cannot use generate name with apply`
        : `error when retrieving current configuration of "${source}": resource name may not be empty`,
    );
  const manifest = namespace ? { ...object, metadata: { ...object.metadata, namespace } } : object;
  const write = { fieldManager, fieldValidation: validation };
  const show = async (result: KubeObject, verb: string): Promise<void> => {
    if (output.format === 'table') session.print(`${objectLabel(resource, name)} ${verb}`);
    else process.stdout.write(await formatItems([{ resource, object: result }], output, true));
  };
  const live = await find(selected, session);
  if (!live) {
    const created = await createObject(session.rest, resource, withLastApplied(manifest), write).catch((error) => {
      throw whileDoing('creating', source, error);
    });
    return show(created, 'created');
  }
  if (!lastApplied(live)) session.warn(missingAnnotation(`${resource.plural}/${name}`));
  const patch = patchFor(manifest, live);
  if (!patch) return show(live, 'unchanged');
  const patched = await patchObject(session.rest, resource, live, patch, write).catch((error) => {
    throw whileDoing('applying patch', source, error);
  });
  const changed = patched.metadata.resourceVersion !== live.metadata.resourceVersion;
  return show(patched, changed ? 'configured' : 'unchanged');
}

async function find({ resource, namespace, name }: Selected, session: Session): Promise<KubeObject | undefined> {
  try {
    return await session.rest.of(resource).get(name, namespace);
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return undefined;
    throw error;
  }
}

const missingAnnotation = (object: string): string =>
  `Warning: resource ${object} is missing the ${lastAppliedAnnotation} annotation which is required by apply. ` +
  'apply should only be used on resources created declaratively by either create --save-config or apply. ' +
  'The missing annotation will be patched automatically.';
