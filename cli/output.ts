/**
 * `-o`: how objects are printed when not as a table.
 * Upstream: cli-runtime/pkg/genericclioptions/print_flags.go, cli-runtime/pkg/printers
 */
import type { KubeObject } from '../api/types.ts';
import { type CustomColumn, formatCustomColumns, parseCustomColumns, readCustomColumns } from './custom-columns.ts';
import { goJson } from './go-json.ts';
import { renderJsonPath } from './jsonpath.ts';
import { type ApiResource, objectLabel } from './resources.ts';

/** An object, and the resource that it is one of. */
export interface Item {
  resource: Pick<ApiResource, 'group' | 'singular'>;
  object: KubeObject;
}

export type Output =
  | { format: 'table'; wide: boolean }
  | { format: 'json' | 'yaml'; managedFields: boolean }
  | { format: 'name' }
  | { format: 'jsonpath'; template: string }
  | { format: 'custom-columns'; columns: CustomColumn[]; headers: boolean };

/**
 * Reads the value of `-o`; a table is printed with or without its head, JSON and YAML with or without who owns which fields.
 * Throws on a format that there is none of.
 */
export function parseOutput(text: string, headers = true, managedFields = false): Output {
  if (text === '' || text === 'wide') return { format: 'table', wide: text === 'wide' };
  if (text === 'name') return { format: text };
  if (text === 'json' || text === 'yaml') return { format: text, managedFields };
  const template = /^jsonpath=(.*)$/s.exec(text)?.[1];
  if (template) return { format: 'jsonpath', template };
  const [format, spec = ''] = splitOnce(text);
  if (format === 'custom-columns') return { format, columns: parseCustomColumns(spec), headers };
  if (format === 'custom-columns-file') return { format: 'custom-columns', columns: readCustomColumns(spec), headers };
  if (template === '' || text === 'jsonpath') throw new Error('template format specified but no template given');
  throw new Error(
    `unable to match a printer suitable for the output format "${text}", allowed formats are: custom-columns,custom-columns-file,json,jsonpath,name,wide,yaml`,
  );
}

/** `a=b=c` is `a` and `b=c`. */
const splitOnce = (text: string): string[] => {
  const at = text.indexOf('=');
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
};

/** The text for stdout. `single` prints the object itself; several are wrapped in a List. */
export async function formatItems(items: Item[], output: Output, single: boolean): Promise<string> {
  if (output.format === 'name')
    return items
      .map(({ resource, object }) => `${objectLabel(resource, object.metadata.name || '<unknown>')}\n`)
      .join('');
  const hidden = 'managedFields' in output && !output.managedFields;
  const objects = items.map(({ object }) => (hidden ? withoutManagedFields(object) : object));
  if (output.format === 'custom-columns') return formatCustomColumns(output.columns, objects, output.headers);
  const value = single
    ? objects[0]
    : { apiVersion: 'v1', items: objects, kind: 'List', metadata: { resourceVersion: '' } };
  switch (output.format) {
    case 'json':
      return `${goJson(value, 4)}\n`;
    case 'yaml':
      return toYaml(value);
    case 'jsonpath':
      return renderJsonPath(output.template, value);
    case 'table':
      throw new Error('tables come from the server');
  }
}

/** YAML as kubectl prints it: keys in order, long lines whole, and single quotes but where a text could be taken for something else. */
export async function toYaml(value: unknown): Promise<string> {
  const { Document, visit } = await import('yaml');
  const document = new Document(value, {
    sortMapEntries: true,
    // What an older reader would take for a time or a yes is quoted.
    version: '1.1',
    aliasDuplicateObjects: false,
  });
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === 'string' && notPlain.test(node.value)) node.type = 'QUOTE_SINGLE';
    },
  });
  return document.toString({ lineWidth: 0, indentSeq: false, defaultStringType: 'PLAIN' });
}

/** A text of one line that would be no text without quotes: `*`, `a: b`, `- c`. */
const notPlain = /^(?=[^\n\t]+$)(?:[ ,[\]{}#&*!|>'"%@`]|[-?:](?: |$)|.*(?:: | #|:$| $))/;

/** Server-side bookkeeping that few want to read. */
function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields, ...metadata } = object.metadata;
  return managedFields ? { ...object, metadata } : object;
}
