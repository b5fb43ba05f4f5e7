/**
 * `minikctl create -f`: creates objects; one that exists is an error. `create KIND NAME` makes the object of flags.
 * Upstream: kubectl/pkg/cmd/create
 */
import type { KubeObject } from '../../api/types.ts';
import { withLastApplied } from '../apply.ts';
import type { CliCommand } from '../command.ts';
import { dryRunOption, parseDryRun, withDryRun } from '../dry-run.ts';
import { throwIfAny, usageError, whileDoing } from '../errors.ts';
import { filenameOptions, type Manifest, parseValidation, readManifests, validateOption } from '../manifests.ts';
import { parseOutput } from '../output.ts';
import { printResult, resultOutputOption } from '../print-result.ts';
import { selectedOf } from '../select.ts';
import { createObject } from '../write.ts';
import { generators } from './create/all.ts';

export const create: CliCommand = {
  usage: '(-f (FILE | FOLDER | -) | KIND NAME)',
  options: [
    ...filenameOptions,
    validateOption,
    dryRunOption,
    resultOutputOption,
    ['--save-config', 'Record the manifest in the object, for a later apply.'],
  ],
  subcommands: generators,
  async run(args, options, session) {
    if (args.length > 0) throw usageError('create', `Unexpected args: [${args.join(' ')}]`);
    if (options['kustomize']) throw new Error('--kustomize is not supported yet');
    const files = (options['filename'] as string[] | undefined) ?? [];
    if (files.length === 0) throw new Error('must specify one of -f and -k');
    const dryRun = parseDryRun(options, session);
    const output = parseOutput(String(options['output']));
    const fieldValidation = parseValidation(options['validate']);
    const recursive = options['recursive'] === true;
    const manifests = await readManifests(files, recursive, fieldValidation, (line) => session.warn(line));
    if (manifests.length === 0) throw new Error('no objects passed to create');
    const resources = await session.resources();
    const createOne = async (manifest: Manifest): Promise<void> => {
      const { resource, namespace, source } = selectedOf(manifest, resources, session);
      const { metadata } = manifest.object;
      const object = { ...manifest.object, metadata: { ...metadata, ...(namespace && { namespace }) } };
      const toCreate = options['saveConfig'] ? withLastApplied(object) : object;
      const write = { fieldManager: 'kubectl-create', fieldValidation, dryRun };
      const send = (): Promise<KubeObject> =>
        createObject(session.rest, resource, toCreate, write).catch((error) => {
          throw whileDoing('creating', source ?? '', error);
        });
      const result = dryRun === 'client' ? toCreate : await send();
      await printResult({ resource, object: result }, withDryRun('created', dryRun), output, session);
    };
    const errors: unknown[] = [];
    for (const manifest of manifests) await createOne(manifest).catch((error: unknown) => errors.push(error));
    throwIfAny(errors);
  },
};
