import { expect, test } from 'vitest';
import { backupPath, backupsOf, planRetention } from './backups.ts';

const day = 24 * 3_600_000;
const at = Date.UTC(2026, 10, 21, 11, 28, 56, 123);

test('names are those of lumberjack', () => {
  expect(backupPath('/var/log/audit.log', at)).toBe('/var/log/audit-2026-11-21T11-28-56.123.log');
  expect(backupPath('/var/log/audit', at)).toBe('/var/log/audit-2026-11-21T11-28-56.123');
});

test('what was set aside is known by its name', () => {
  const files = [
    'audit.log',
    'audit-2026-11-21T11-28-56.123.log',
    'audit-2026-11-20T11-28-56.123.log.gz',
    'audit-2026-11-22T11-28-56.log',
    'audit-notes.log',
    'other-2026-11-21T11-28-56.123.log',
    '.audit-2026-11-20T11-28-56.123.log.gz.tmp',
  ];
  expect(backupsOf('/x/audit.log', files)).toEqual([
    { file: files[1], compressed: false, setAsideMs: at },
    { file: files[2], compressed: true, setAsideMs: at - day },
  ]);
});

const backups = [1, 2, 3, 4].map((days) => ({ file: `b${days}`, compressed: days > 2, setAsideMs: at - days * day }));

test.each([
  [{ maxAgeDays: 0, maxBackups: 0, compress: false }, [], []],
  [{ maxAgeDays: 0, maxBackups: 3, compress: true }, ['b4'], ['b1', 'b2']],
  [{ maxAgeDays: 3, maxBackups: 0, compress: false }, ['b4'], []],
  [{ maxAgeDays: 1, maxBackups: 3, compress: true }, ['b2', 'b3', 'b4'], ['b1']],
  [{ maxAgeDays: 9, maxBackups: 1, compress: true }, ['b2', 'b3', 'b4'], ['b1']],
])('%o removes %j and compresses %j', (retention, remove, compress) => {
  expect(planRetention(backups, retention, at)).toEqual({ remove, compress });
});

test('a log and what was begun to be made of it are one', () => {
  const both = [
    { file: 'b', compressed: false, setAsideMs: at },
    { file: 'b.gz', compressed: true, setAsideMs: at },
    { file: 'a.gz', compressed: true, setAsideMs: at - day },
  ];
  expect(planRetention(both, { maxAgeDays: 0, maxBackups: 2, compress: false }, at).remove).toEqual([]);
});
