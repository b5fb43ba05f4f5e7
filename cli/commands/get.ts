/**
 * `minikctl get`: tables as the server prints them, or whole objects.
 * Upstream: kubectl/pkg/cmd/get. Left out: Go templates.
 */
import type { Table } from '../../api/table.ts';
import type { KubeObject, List } from '../../api/types.ts';
import type { CliCommand, OptionSpec, Options } from '../command.ts';
import { ExitError, throwIfAny } from '../errors.ts';
import { filenameOptions, readManifests } from '../manifests.ts';
import { formatItems, type Item, type Output, parseOutput } from '../output.ts';
import { itemOf, listOf, type Query, watchOf } from '../read.ts';
import type { ApiResource } from '../resources.ts';
import type { Session } from '../session.ts';
import { sortBy } from '../sort-by.ts';
import { TablePrinter } from '../table-printer.ts';
import { parseTargets, type Target } from '../targets.ts';

const noTypeMessage = `You must specify the type of resource to get. Use "minikctl api-resources" for a complete list of supported resources.

error: Required resource not specified.
See 'minikctl get -h' for help and examples`;

export const selectionOptions: OptionSpec[] = [
  ['-l, --selector <labels>', 'Only objects with these labels: a=b,c!=d,e in (f,g).'],
  ['--field-selector <fields>', 'Only objects with these fields: status.phase=Running.'],
  ['-A, --all-namespaces', 'Objects of all namespaces.'],
];

export const get: CliCommand = {
  usage: '(TYPE[,TYPE...] [NAME... | -l LABELS] | TYPE/NAME...) [-o FORMAT] [-w]',
  options: [
    [
      '-o, --output <format>',
      'wide, json, yaml, name, jsonpath=TEMPLATE, custom-columns=HEADER:PATH,..., custom-columns-file=FILE.',
      { default: '' },
    ],
    ...selectionOptions,
    ...filenameOptions,
    ['-w, --watch', 'Then print every change.'],
    ['--watch-only', 'Print changes only.'],
    ['--no-headers', 'Leave the head of tables out.'],
    ['--show-labels', 'Add a column with all labels.'],
    ['--show-managed-fields', 'With -o json or yaml: also who owns which fields.'],
    ['-L, --label-columns <labels>', 'Add a column for each of these labels.', { repeatable: true }],
    ['--sort-by <path>', 'In the order of the value at a path: .metadata.name.'],
    ['--ignore-not-found', 'An object that does not exist is no error.'],
  ],
  examples: `  minikctl get pods -o wide
  minikctl get pods,services -l app=web
  minikctl get pod web -o jsonpath='{.status.podIP}'`,
  async run(args, options, session) {
    const showManaged = options['showManagedFields'] === true;
    const output = parseOutput(String(options['output']), options['headers'] !== false, showManaged);
    const targets = await targetsOf(args, options, session);
    const query = queryOf(targets, options, session);
    if (options['watch'] || options['watchOnly']) await watch(targets, query, output, options, session);
    else if (output.format === 'table') await printTables(targets, query, output, options, session);
    else await printObjects(targets, query, output, options, session);
  },
};

async function targetsOf(args: string[], options: Options, session: Session): Promise<Target[]> {
  const files = (options['filename'] as string[] | undefined) ?? [];
  if (args.length === 0 && files.length === 0) throw new ExitError(noTypeMessage);
  const resources = await session.resources();
  if (files.length === 0) return parseTargets(args, resources);
  const manifests = await readManifests(files, options['recursive'] === true, 'Ignore', () => undefined);
  return manifests.map(({ object }) => {
    const resource = resources.forManifest(object.apiVersion, object.kind) ?? resources.find(object.kind);
    return { resource, name: object.metadata.name! };
  });
}

function queryOf(targets: Target[], options: Options, session: Session): Query {
  const named = targets.some(({ name }) => name !== undefined);
  const everywhere = options['allNamespaces'] === true;
  if (named && everywhere) throw new Error('a resource cannot be retrieved by name across all namespaces');
  if (named && options['selector']) throw new Error('name cannot be provided when a selector is specified');
  return {
    namespace: everywhere ? undefined : session.namespace,
    labelSelector: options['selector'] as string | undefined,
    fieldSelector: options['fieldSelector'] as string | undefined,
  };
}

/** One table a resource, with a blank line between; names carry their type when there are several types. */
async function printTables(
  targets: Target[],
  query: Query,
  output: Output,
  options: Options,
  session: Session,
): Promise<void> {
  const errors: unknown[] = [];
  const types = new Set(targets.map(({ resource }) => resource));
  const printer = printerOf(output, query, options, session, types.size > 1);
  const path = options['sortBy'] as string | undefined;
  // A value to sort by may be anywhere in the object.
  const form = path ? 'wholeTable' : 'table';
  for (const type of types) {
    const tables: Table[] = [];
    for (const target of targets.filter(({ resource }) => resource === type)) {
      await keepError(errors, options, async () => {
        tables.push(
          target.name === undefined
            ? await listOf<Table>(session.rest, type, query, form)
            : await itemOf<Table>(session.rest, type, target.name, query.namespace, form),
        );
      });
    }
    const [first] = tables;
    const rows = tables.flatMap((table) => table.rows);
    if (first) printer.print({ ...first, rows: path ? sortBy(rows, path, ({ object }) => object) : rows }, type);
  }
  if (!printer.hasPrinted && errors.length === 0 && !options['ignoreNotFound'])
    session.warn(nothingFound(targets, query));
  throwIfAny(errors);
}

/** Runs one request of several: the others go on when it fails, and its error is told at the end. */
async function keepError(errors: unknown[], options: Options, request: () => Promise<void>): Promise<void> {
  try {
    await request();
  } catch (error) {
    if (!(options['ignoreNotFound'] && (error as { code?: number }).code === 404)) errors.push(error);
  }
}

function nothingFound(targets: Target[], { namespace }: Query): string {
  const inNamespace = namespace !== undefined && targets.some(({ resource }) => resource.namespaced);
  return inNamespace ? `No resources found in ${namespace} namespace.` : 'No resources found';
}

async function printObjects(
  targets: Target[],
  query: Query,
  output: Output,
  options: Options,
  session: Session,
): Promise<void> {
  const errors: unknown[] = [];
  const items: Item[] = [];
  for (const { resource, name } of targets) {
    await keepError(errors, options, async () => {
      if (name === undefined) {
        const list = await listOf<List>(session.rest, resource, query, 'object');
        items.push(...list.items.map((object) => ({ resource, object: typed(object, resource) })));
      } else {
        items.push({
          resource,
          object: await itemOf<KubeObject>(session.rest, resource, name, query.namespace, 'object'),
        });
      }
    });
  }
  const single = targets.length === 1 && targets[0]!.name !== undefined;
  const path = options['sortBy'] as string | undefined;
  const ordered = path ? sortBy(items, path, ({ object }) => object) : items;
  if (items.length > 0 || (!single && errors.length === 0))
    process.stdout.write(await formatItems(ordered, output, single));
  throwIfAny(errors);
}

/** The elements of a list do not say what they are. */
function typed(object: KubeObject, { group, version, kind }: ApiResource): KubeObject {
  return { apiVersion: group ? `${group}/${version}` : version, kind, ...object };
}

const printerOf = (output: Output, query: Query, options: Options, session: Session, withType: boolean): TablePrinter =>
  new TablePrinter({
    wide: output.format === 'table' && output.wide,
    withNamespace: query.namespace === undefined,
    withType,
    headers: options['headers'] !== false,
    showLabels: options['showLabels'] === true,
    labelColumns: (options['labelColumns'] as string[] | undefined) ?? [],
    write: (line) => session.print(line),
  });

/** Prints what is there, and then each change, until it is interrupted. */
async function watch(
  targets: Target[],
  query: Query,
  output: Output,
  options: Options,
  session: Session,
): Promise<void> {
  const [target] = targets;
  if (!target || targets.length > 1) throw new Error('you may only specify a single resource type');
  const { resource, name } = target;
  const asTable = output.format === 'table';
  const form = asTable ? 'table' : 'object';
  const printer = printerOf(output, query, options, session, false);
  const show = async (object: Table | KubeObject): Promise<void> => {
    if (asTable) printer.print(object as Table, resource);
    else process.stdout.write(await formatItems([{ resource, object: object as KubeObject }], output, true));
  };
  // Of one object too: the list by its name gives the version to watch from.
  const byName = name === undefined ? query : { ...query, fieldSelector: `metadata.name=${name}` };
  const first = await listOf<Table | List>(session.rest, resource, byName, form);
  if (name !== undefined) await itemOf(session.rest, resource, name, query.namespace, form);
  if (!options['watchOnly'])
    for (const object of asTable ? [first as Table] : (first as List).items.map((o) => typed(o, resource)))
      await show(object);
  const from = { ...byName, resourceVersion: first.metadata.resourceVersion };
  for await (const event of watchOf<Table | KubeObject>(session.rest, resource, from, form)) await show(event.object);
}
