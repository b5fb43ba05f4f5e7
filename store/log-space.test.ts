/** Space ahead of LevelDB's log: what is written survives, also when the process ends in the middle. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Database, GroupCommit } from './commit.ts';
import { metaKey, unseal } from './layout.ts';
import { checkLog } from './leveldb-log.ts';

let directory: string;
let database: Database;
let commit: GroupCommit;
const open = async (path: string): Promise<Database> => {
  const opened: Database = new ClassicLevel(path, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
  await opened.open();
  return opened;
};
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'minik-space-'));
  database = await open(join(directory, 'db'));
  commit = new GroupCommit(database, (error) => {
    throw error;
  });
});
afterEach(async () => {
  await database.close();
  rmSync(directory, { recursive: true, force: true });
});

const keyOf = (i: number): Buffer => Buffer.concat([metaKey('term'), Buffer.from(String(i))]);
const newestLog = (): string =>
  join(
    directory,
    'db',
    readdirSync(join(directory, 'db'))
      .filter((name) => name.endsWith('.log'))
      .sort()
      .at(-1)!,
  );

test('the log does not grow with each write, and ends where the space begins', async () => {
  const sizes = new Set<number>();
  for (let i = 0; i < 100; i++) {
    commit.put(keyOf(i), Buffer.alloc(100, 1));
    await commit.durable();
    sizes.add(statSync(newestLog()).size);
  }
  expect(sizes.size).toBe(1);
  const log = readFileSync(newestLog());
  const { end, damage } = checkLog(log);
  expect(damage).toBeUndefined();
  expect(end).toBeGreaterThan(100 * 100);
  expect(end).toBeLessThan(log.length / 2);
});

test('over several logs and spaces everything is there, in a copy made without closing', async () => {
  const count = 300;
  // About 100 KB a batch: some fit the space that is left, others do not; LevelDB begins a new log every 4 MB.
  for (let i = 0; i < count; i++) {
    commit.put(keyOf(i), Buffer.alloc((i * 7919) % 200_000, i));
    if (i % 3 === 0) await commit.durable();
  }
  await commit.durable();
  expect(Number(/(\d+)\.log$/.exec(newestLog())![1])).toBeGreaterThan(5);
  cpSync(join(directory, 'db'), join(directory, 'copy'), { recursive: true });
  rmSync(join(directory, 'copy/LOCK'));
  const copy = await open(join(directory, 'copy'));
  try {
    for (let i = 0; i < count; i++) {
      const payload = unseal(keyOf(i), (await copy.get(keyOf(i)))!);
      expect(payload.equals(Buffer.alloc((i * 7919) % 200_000, i))).toBe(true);
    }
  } finally {
    await copy.close();
  }
});
