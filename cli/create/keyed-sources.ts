/**
 * The data of ConfigMaps and Secrets from what flags name: literals, files, folders, and files of variables.
 *
 * Upstream: kubectl/pkg/util/{util,env_file}.go, kubectl/pkg/cmd/create/{create_configmap,create_secret}.go
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { configMapKeyErrors, regexError } from '../../api/names.ts';
import { fileErrorText } from '../../client/file-error.ts';
import type { OptionSpec, Options } from '../command.ts';
import { listOf } from './generator.ts';

export const sourceOptions: OptionSpec[] = [
  ['--from-literal <pair>', 'A key and its value, KEY=VALUE; may be repeated.', { repeatable: 'whole' }],
  [
    '--from-file <path>',
    "[KEY=]FILE, or a folder: its files' content under their names; may be repeated.",
    { repeatable: true },
  ],
  ['--from-env-file <path>', 'A file with lines KEY=VALUE; may be repeated.', { repeatable: true }],
];

type Pair = [key: string, value: Buffer];

/** In the words of which command what is wrong is told. */
export interface KeyWords {
  badKey(key: string, why: string): string;
  duplicate(key: string): string;
}

/** All keys, each once. Throws for a key that is none, or that there are two of. */
export function readSources(options: Options, words: KeyWords): Map<string, Buffer> {
  const [literals, files, envFiles] = ['fromLiteral', 'fromFile', 'fromEnvFile'].map((name) => listOf(options, name));
  if (envFiles!.length > 0 && literals!.length + files!.length > 0)
    throw new Error('from-env-file cannot be combined with from-file or from-literal');
  const data = new Map<string, Buffer>();
  for (const [key, value] of [
    ...literals!.map(literal),
    ...files!.flatMap(fromFile),
    ...envFiles!.flatMap(variables),
  ]) {
    const [why] = configMapKeyErrors(key);
    if (why) throw new Error(words.badKey(key, why));
    if (data.has(key)) throw new Error(words.duplicate(key));
    data.set(key, value);
  }
  return data;
}

function literal(text: string): Pair {
  const at = text.indexOf('=');
  if (at < 1) throw new Error(`invalid literal source ${text}, expected key=value`);
  return [text.slice(0, at), Buffer.from(text.slice(at + 1))];
}

function fromFile(text: string): Pair[] {
  const parts = text.split('=');
  const [key = '', path = ''] = parts;
  if (parts.length > 2) throw new Error("key names or file paths cannot contain '='");
  if (parts.length === 1) return isFolder(text) ? filesIn(text) : [[basename(text), readFileSync(text)]];
  if (key === '') throw new Error(`key name for file path ${path} missing`);
  if (path === '') throw new Error(`file path for key name ${key} missing`);
  if (isFolder(path)) throw new Error('cannot give a key name for a directory path');
  return [[key, readFileSync(path)]];
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw new Error(`error reading ${path}: ${fileErrorText(error).replace(/^.*: /, '')}`);
  }
}

const filesIn = (folder: string): Pair[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => [entry.name, readFileSync(join(folder, entry.name))]);

/** Containers take more than this; a shell does not. */
const notVariable = regexError(
  "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
  '[-._a-zA-Z][-._a-zA-Z0-9]*',
  'my.env-name',
  'MY_ENV.NAME',
  'MyEnvName1',
);

/** A name alone stands for the variable of this process. */
function variables(path: string): Pair[] {
  if (isFolder(path)) throw new Error('env config file cannot be a directory');
  const lines = readFileSync(path, 'utf8')
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trimStart());
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line): Pair => {
      const [name = '', ...value] = line.split('=');
      if (!/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name))
        throw new Error(`"${name}" is not a valid key name: ${notVariable}`);
      return [name, Buffer.from(value.length > 0 ? value.join('=') : (process.env[name] ?? ''))];
    });
}
