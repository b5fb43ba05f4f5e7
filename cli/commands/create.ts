/**
 * `minikctl create -f`: creates objects; one that exists is an error.
 * Upstream: kubectl/pkg/cmd/create. Left out: the generators (create deployment, ...), which are refused.
 */

import { withLastApplied } from '../apply.ts';
import type { CliCommand } from '../command.ts';
import { throwIfAny, usageError, whileDoing } from '../errors.ts';
import { filenameOptions, type Manifest, parseValidation, readManifests, validateOption } from '../manifests.ts';
import { formatItems, parseOutput } from '../output.ts';
import { objectLabel } from '../resources.ts';
import { selectedOf } from '../select.ts';
import { createObject } from '../write.ts';

export const create: CliCommand = {
  usage: '-f (FILE | FOLDER | -)',
  options: [
    ...filenameOptions,
    validateOption,
    ['-o, --output <format>', 'Print the objects: json, yaml, name.', { default: '' }],
    ['--save-config', 'Record the manifest in the object, for a later apply.'],
  ],
  async run(args, options, session) {
    if (args.length > 0)
      throw usageError('create', `"create ${args[0]}" is not supported: write a manifest and use create -f`);
    if (options['kustomize']) throw new Error('--kustomize is not supported yet');
    const files = (options['filename'] as string[] | undefined) ?? [];
    if (files.length === 0) throw new Error('must specify one of -f and -k');
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
      const write = { fieldManager: 'kubectl-create', fieldValidation };
      const created = await createObject(session.rest, resource, toCreate, write).catch((error) => {
        throw whileDoing('creating', source ?? '', error);
      });
      if (output.format === 'table') session.print(`${objectLabel(resource, created.metadata.name!)} created`);
      else process.stdout.write(await formatItems([{ resource, object: created }], output, true));
    };
    const errors: unknown[] = [];
    for (const manifest of manifests) await createOne(manifest).catch((error: unknown) => errors.push(error));
    throwIfAny(errors);
  },
};
