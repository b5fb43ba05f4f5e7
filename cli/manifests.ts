/**
 * Objects from files, folders and stdin: YAML or JSON, several documents a file, Lists unfolded.
 * Upstream: cli-runtime/pkg/resource/visitor.go. Left out: URLs and kustomizations, which are refused by name.
 */
import { globSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseJson } from '../api/parse-json.ts';
import { parseYamlDocuments } from '../api/parse-yaml.ts';
import type { KubeObject } from '../api/types.ts';
import type { OptionSpec } from './command.ts';

export interface Manifest {
  object: KubeObject & { apiVersion: string; kind: string };
  /** What error messages call it: a path, or STDIN. */
  source: string;
}

/** How a field that the server does not know is met; sent with each write. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

const howToIgnore = 'if you choose to ignore these errors, turn validation off with --validate=false';

const extensions = ['.json', '.yaml', '.yml'];

/** The options of every command that reads manifests. */
export const filenameOptions: OptionSpec[] = [
  ['-f, --filename <path>', 'A file, a folder, or - for stdin; may be repeated.', { repeatable: true }],
  ['-R, --recursive', 'Look into the folders of a folder too.'],
  ['-k, --kustomize <folder>', 'Not supported yet.'],
];

export const validateOption: OptionSpec = [
  '--validate [level]',
  'What an unknown field means: strict (or true), warn, ignore (or false).',
  { default: 'strict', bare: 'strict' },
];

/** Reads the value of `--validate`. */
export function parseValidation(text: unknown): FieldValidation {
  switch (String(text)) {
    case 'strict':
    case 'true':
      return 'Strict';
    case 'warn':
      return 'Warn';
    case 'ignore':
    case 'false':
      return 'Ignore';
    default:
      throw new Error(`invalid - validate option "${text}"; must be one of: strict (or true), warn, ignore (or false)`);
  }
}

/** All objects of the given files, in order. `validation` decides about keys that a document has twice. */
export async function readManifests(
  paths: string[],
  recursive: boolean,
  validation: FieldValidation,
  warn: (line: string) => void,
): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (const path of paths.flatMap((given) => filesAt(given, recursive))) {
    const source = path === '-' ? 'STDIN' : path;
    const content = path === '-' ? await text(process.stdin) : readFileSync(path, 'utf8');
    for (const { value, duplicates } of documentsOf(content, source)) {
      if (duplicates.length > 0 && validation === 'Strict')
        throw new Error(`error parsing ${source}: error converting YAML to JSON: ${duplicates.join(', ')}`);
      if (validation === 'Warn') for (const duplicate of duplicates) warn(`Warning: ${source}: ${duplicate}`);
      manifests.push(...objectsOf(value, source, validation));
    }
  }
  return manifests;
}

function filesAt(path: string, recursive: boolean): string[] {
  if (path === '-') return [path];
  if (/^https?:\/\//.test(path)) throw new Error(`reading from a URL is not supported: ${path}; download it first`);
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status) throw new Error(`the path "${path}" does not exist`);
  if (!status.isDirectory()) return [path];
  const files = globSync(recursive ? '**/*' : '*', { cwd: path }).filter((name) => extensions.includes(extname(name)));
  if (files.length === 0)
    throw new Error(`error reading [${path}]: recognized file extensions are [${extensions.join(' ')}]`);
  return files.sort().map((name) => join(path, name));
}

/** What begins as JSON may still be YAML in flow style, which JSON's parser refuses; JSON's complaint is the better one. */
function documentsOf(content: string, source: string): { value: unknown; duplicates: string[] }[] {
  let failure: Error | undefined;
  if (/^\s*\{\s*["}]/.test(content)) {
    try {
      return [parseJson(content, true)];
    } catch (error) {
      failure = error as Error;
    }
  }
  try {
    return parseYamlDocuments(content);
  } catch (error) {
    throw new Error(`error parsing ${source}: ${(failure ?? (error as Error)).message}`);
  }
}

function objectsOf(value: unknown, source: string, validation: FieldValidation): Manifest[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`error parsing ${source}: a manifest must be an object, not ${JSON.stringify(value)}`);
  const object = value as Manifest['object'] & { items?: unknown };
  const missing = [
    ...(typeof object.apiVersion === 'string' && object.apiVersion ? [] : ['apiVersion not set']),
    ...(typeof object.kind === 'string' && object.kind ? [] : ['kind not set']),
  ];
  if (missing.length > 0) {
    const what = missing.length === 1 ? missing[0] : `[${missing.join(', ')}]`;
    if (validation === 'Ignore') throw new Error(`unable to decode "${source}": ${what}`);
    throw new Error(`error validating "${source}": error validating data: ${what}; ${howToIgnore}`);
  }
  if (object.kind.endsWith('List') && Array.isArray(object.items))
    return object.items.flatMap((item: unknown) => objectsOf(item, source, validation));
  object.metadata ??= {};
  return [{ object, source }];
}
