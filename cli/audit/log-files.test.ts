import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { followLog, readLog } from './log-files.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'minik-log-'));
  path = join(directory, 'audit.log');
});
afterEach(() => rmSync(directory, { recursive: true }));

const backup = (hour: string): string => join(directory, `audit-2026-11-21T${hour}-00-00.000.log`);

async function read(sinceMs = 0): Promise<string[]> {
  const lines: string[] = [];
  await readLog(path, sinceMs, (text) => lines.push(text));
  return lines;
}

test('all files, the oldest first, compressed or not; a line that is being written is left for later', async () => {
  writeFileSync(`${backup('08')}.gz`, gzipSync('a\nb\n'));
  writeFileSync(backup('09'), 'c\n');
  writeFileSync(path, 'd\ne\nhal');
  writeFileSync(join(directory, 'audit-notes.log'), 'x\n');
  expect(await read()).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('one that is there twice, because it is being compressed, is read once', async () => {
  writeFileSync(backup('09'), 'c\n');
  writeFileSync(`${backup('09')}.gz`, gzipSync('c\n'));
  writeFileSync(path, 'd\n');
  expect(await read()).toEqual(['c', 'd']);
});

test('files that are older than what is asked for are not opened', async () => {
  writeFileSync(`${backup('08')}.gz`, 'not compressed at all');
  writeFileSync(backup('10'), 'c\n');
  writeFileSync(path, 'd\n');
  expect(await read(Date.parse('2026-11-21T09:00:00Z'))).toEqual(['c', 'd']);
});

test('following: every line once, while files are set aside and compressed', async () => {
  writeFileSync(path, '0\n');
  const lines: string[] = [];
  const ended = new AbortController();
  const following = followLog(path, 0, (text) => lines.push(text), ended.signal);
  const seen = async (count: number): Promise<void> => {
    while (lines.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const setAside = (hour: string, compress: boolean): void => {
    renameSync(path, backup(hour));
    if (!compress) return;
    writeFileSync(`${backup(hour)}.gz`, gzipSync(readFileSync(backup(hour))));
    rmSync(backup(hour));
  };
  await seen(1);
  appendFileSync(path, '1\n2');
  await seen(2);
  appendFileSync(path, '\n3\n');
  setAside('08', true);
  // More than once between two looks.
  for (const [i, hour] of ['09', '10', '11'].entries()) {
    writeFileSync(path, `${4 + i}\n`);
    setAside(hour, i % 2 === 0);
  }
  writeFileSync(path, '7\n');
  await seen(8);
  appendFileSync(path, '8\n');
  await seen(9);
  ended.abort();
  await following;
  expect(lines).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8']);
});
