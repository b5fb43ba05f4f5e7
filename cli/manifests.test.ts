import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FieldValidation, parseValidation, readManifests } from './manifests.ts';

let dir: string;
const warnings: string[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'minik-manifests-'));
  warnings.length = 0;
});
afterEach(() => rmSync(dir, { recursive: true }));

const read = (path: string, recursive = false, validation: FieldValidation = 'Strict') =>
  readManifests([path], recursive, validation, (line) => warnings.push(line));

async function names(path: string, recursive = false): Promise<(string | undefined)[]> {
  return (await read(path, recursive)).map(({ object }) => object.metadata.name);
}

function write(name: string, content: string): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

const pod = (name: string): string => `{apiVersion: v1, kind: Pod, metadata: {name: ${name}}}`;

describe('readManifests', () => {
  test('several documents, empty ones left out', async () => {
    expect(await names(write('a.yaml', `---\n${pod('a')}\n---\n# nothing\n---\n${pod('b')}\n`))).toEqual(['a', 'b']);
  });

  test('JSON, and flow style that only looks like it', async () => {
    expect(await names(write('a.json', '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}'))).toEqual(['a']);
    expect(await names(write('b.yaml', pod('b')))).toEqual(['b']);
  });

  test('a List, and a kind that only ends like one', async () => {
    const list = `{apiVersion: v1, kind: PodList, items: [${pod('a')}, ${pod('b')}]}`;
    expect(await names(write('a.yaml', list))).toEqual(['a', 'b']);
    expect(await names(write('b.yaml', '{apiVersion: x/v1, kind: Playlist, metadata: {name: p}}'))).toEqual(['p']);
  });

  test('a folder in order, deeper only when asked to', async () => {
    mkdirSync(join(dir, 'sub'));
    write('2.yaml', pod('two'));
    write('1.yml', pod('one'));
    write('notes.txt', 'not a manifest');
    write('sub/3.json', '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"three"}}');
    expect(await names(dir)).toEqual(['one', 'two']);
    expect(await names(dir, true)).toEqual(['one', 'two', 'three']);
  });

  test.each([
    ['kind: Pod', 'error validating data: apiVersion not set; if you choose to ignore'],
    ['a: 1', 'error validating data: [apiVersion not set, kind not set]'],
    ['just text', 'a manifest must be an object, not "just text"'],
    ['- 1', 'a manifest must be an object, not [1]'],
    ['{"apiVersion": "v1", ', 'error parsing'],
    ['a: b: c', 'error converting YAML to JSON: yaml: line 1'],
    [`${pod('x')}\n---\nkind: [`, 'error converting YAML to JSON: yaml: line'],
  ])('%s is refused', async (content, message) => {
    await expect(read(write('bad.yaml', content))).rejects.toThrow(message);
  });

  test('a key that is there twice is refused, warned of, or passed over', async () => {
    const path = write('twice.yaml', 'apiVersion: v1\nkind: Pod\nmetadata: {name: a, name: b}\n');
    await expect(read(path)).rejects.toThrow('key "name" already set in map');
    expect(await read(path, false, 'Warn')).toHaveLength(1);
    expect(warnings.join()).toContain('key "name" already set in map');
    expect(await read(path, false, 'Ignore')).toHaveLength(1);
    expect(warnings).toHaveLength(1);
  });

  test('what is not there', async () => {
    await expect(read(join(dir, 'nosuch'))).rejects.toThrow(`the path "${join(dir, 'nosuch')}" does not exist`);
    await expect(read(dir)).rejects.toThrow('recognized file extensions are [.json .yaml .yml]');
    await expect(read('https://example.com/pod.yaml')).rejects.toThrow('reading from a URL is not supported');
  });
});

test.each([
  ['true', 'Strict'],
  ['strict', 'Strict'],
  ['warn', 'Warn'],
  ['false', 'Ignore'],
])('--validate=%s is %s', (text, expected) => expect(parseValidation(text)).toBe(expected));

test('--validate takes nothing else', () => expect(() => parseValidation('maybe')).toThrow('must be one of'));
