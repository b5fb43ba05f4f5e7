/** The arrows between folders, as docs and design state them: computed from the source, so they cannot drift. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const processes = ['store', 'apiserver', 'scheduler', 'controllers', 'kubelet', 'proxy', 'cli'];

/** Folder to the folders that it may import, besides itself. Folders that are not listed may import anything. */
const allowed: Record<string, string[]> = {
  api: [],
  client: ['api'],
  ...Object.fromEntries(processes.map((name) => [name, ['api', 'client']])),
};

const folders = [...Object.keys(allowed), 'test', 'bench', 'scripts', 'examples'];

function sourceFiles(): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => relative(root, join(entry.parentPath, entry.name))),
  );
}

/** Relative imports of a module, static and dynamic, types included. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const specifiers = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"](\.[^'"]*)['"]/g)].map((match) => match[1]!);
  return specifiers.map((specifier) => relative(root, resolve(root, dirname(file), specifier)));
}

const folderOf = (file: string): string => file.split('/')[0]!;

/** The cycles of a graph, each as its path; empty when there is none. */
function cycles(graph: Map<string, string[]>): string[] {
  const found: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const path: string[] = [];
  const visit = (node: string): void => {
    if (state.get(node) === 'done') return;
    if (state.get(node) === 'open') {
      found.push([...path.slice(path.indexOf(node)), node].join(' -> '));
      return;
    }
    state.set(node, 'open');
    path.push(node);
    for (const next of graph.get(node) ?? []) visit(next);
    path.pop();
    state.set(node, 'done');
  };
  for (const node of graph.keys()) visit(node);
  return found;
}

const graph = new Map(sourceFiles().map((file) => [file, importsOf(file)]));

describe('import graph', () => {
  test('it sees the source', () => {
    for (const folder of Object.keys(allowed))
      expect([...graph.keys()].some((file) => folderOf(file) === folder)).toBe(true);
    expect([...graph.values()].flat().length).toBeGreaterThan(graph.size);
  });

  test('every import names a file that exists', () => {
    const missing = [...graph].flatMap(([file, imports]) =>
      imports.filter((to) => to.endsWith('.ts') && !graph.has(to)).map((to) => `${file} -> ${to}`),
    );
    expect(missing).toEqual([]);
  });

  test('no process imports another: they meet on the wire', () => {
    const forbidden = [...graph].flatMap(([file, imports]) => {
      const from = folderOf(file);
      const mayImport = allowed[from];
      if (!mayImport) return [];
      return imports
        .filter((to) => folderOf(to) !== from && !mayImport.includes(folderOf(to)))
        .map((to) => `${file} -> ${to}`);
    });
    expect(forbidden).toEqual([]);
  });

  test('no cycle', () => {
    expect(cycles(graph)).toEqual([]);
  });

  test('the search for cycles finds one', () => {
    expect(
      cycles(
        new Map([
          ['a', ['b']],
          ['b', ['c']],
          ['c', ['a']],
        ]),
      ),
    ).toEqual(['a -> b -> c -> a']);
  });
});
