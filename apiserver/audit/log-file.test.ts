import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LogFile, type LogFileOptions } from './log-file.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'minik-log-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const options = (more: Partial<LogFileOptions> = {}): LogFileOptions => ({
  path: join(directory, 'audit.log'),
  maxBytes: 1000,
  maxAgeDays: 0,
  maxBackups: 0,
  compress: false,
  onError(error) {
    throw error;
  },
  ...more,
});

/** All that the files have, the oldest first. */
const content = (): string =>
  readdirSync(directory)
    .sort((a, b) => (a === 'audit.log' ? 1 : b === 'audit.log' ? -1 : a.localeCompare(b)))
    .map((name) => {
      const bytes = readFileSync(join(directory, name));
      return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
    })
    .join('');

const line = (i: number): string => `${JSON.stringify({ i, text: 'x'.repeat(i % 90) })}\n`;
const lines = (count: number): string => Array.from({ length: count }, (_, i) => line(i)).join('');

test.each([false, true])('every line is in one file, whole and in order; compressed: %s', async (compress) => {
  const log = new LogFile(options({ compress }));
  for (let i = 0; i < 2000; i++) log.write(line(i));
  await log.close();
  expect(content()).toBe(lines(2000));
  const files = readdirSync(directory);
  expect(files.length).toBeGreaterThan(50);
  for (const file of files) {
    const { size, mode } = statSync(join(directory, file));
    expect(size).toBeLessThanOrEqual(1000);
    expect(mode & 0o777).toBe(0o600);
  }
  expect(files.filter((file) => file.endsWith('.gz')).length).toBe(compress ? files.length - 1 : 0);
});

test('the oldest go', async () => {
  const log = new LogFile(options({ maxBackups: 3 }));
  for (let i = 0; i < 500; i++) log.write(line(i));
  await log.close();
  expect(readdirSync(directory)).toHaveLength(4);
  expect(lines(500).endsWith(content())).toBe(true);
});

test('it goes on where it was, after a line that was broken off', async () => {
  writeFileSync(join(directory, 'audit.log'), '{"a":1}\n{"b"', { mode: 0o644 });
  const log = new LogFile(options());
  log.write('{"c":3}\n');
  await log.close();
  expect(content()).toBe('{"a":1}\n{"b"\n{"c":3}\n');
  expect(statSync(join(directory, 'audit.log')).mode & 0o777).toBe(0o600);
});

test('a text that is larger than a file may be is written all the same', async () => {
  const log = new LogFile(options());
  log.write('a\n');
  log.write(`${'b'.repeat(3000)}\n`);
  log.write('c\n');
  await log.close();
  expect(content()).toBe(`a\n${'b'.repeat(3000)}\nc\n`);
});

test('what was half compressed when the process ended is compressed by the next one', async () => {
  const name = 'audit-2026-11-21T11-28-56.123.log';
  writeFileSync(join(directory, name), 'old\n');
  writeFileSync(join(directory, `.${name}.gz.tmp`), 'torn');
  const log = new LogFile(options({ compress: true }));
  log.write('new\n');
  await log.close();
  expect(readdirSync(directory).sort()).toEqual([`${name}.gz`, 'audit.log'].sort());
  expect(content()).toBe('old\nnew\n');
});

test('somebody else who appends loses nothing', async () => {
  const log = new LogFile(options());
  log.write('a\n');
  appendFileSync(join(directory, 'audit.log'), 'b\n');
  log.write('c\n');
  await log.close();
  expect(content()).toBe('a\nb\nc\n');
});

test('a device is only written to', async () => {
  const mode = statSync('/dev/full').mode;
  const log = new LogFile(options({ path: '/dev/full', maxBytes: 1 }));
  expect(() => log.write('a\n')).toThrow('ENOSPC');
  expect(() => log.write('b\n')).toThrow('ENOSPC');
  await log.close();
  expect(statSync('/dev/full').mode).toBe(mode);
});
