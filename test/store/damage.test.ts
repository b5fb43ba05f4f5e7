/**
 * Damaged files: a store whose history is known is copied, a file of the copy is cut, altered or removed, and a store opened on it.
 * It refuses with one line that says what is wrong and what to do, or it tells the known history. Only a log that ends early may cost
 * its last writes, which is what a power failure leaves of writes that nobody was told of.
 *
 * `SEED=n` repeats the damage; `DAMAGES=n` asks for more of each kind than the 40 of the quick form.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startStore } from '../harness/etcd.ts';
import { newSeed, randomFrom } from '../harness/random.ts';
import { Base, withoutZeros } from './damage-base.ts';
import type { Outcome, Told } from './damage-reader.ts';

const damages = Number(process.env['DAMAGES'] ?? 40);
const seed = newSeed();
const random = randomFrom(seed);
const base = new Base(random);

beforeAll(() => base.build());
afterAll(() => base.remove());

let reader: ChildProcess | undefined;
afterAll(() => void reader?.kill());

/** Starts a store on it. Whatever it tells is checked. */
async function start(dataDir: string): Promise<Outcome> {
  for (;;) {
    reader ??= fork(join(import.meta.dirname, 'damage-reader.ts'), { serialization: 'advanced' });
    const answer = new Promise<Outcome | undefined>((resolve) => {
      reader!.once('message', (outcome: Outcome) => resolve(outcome));
      reader!.once('exit', () => resolve(undefined));
    });
    reader.send(dataDir);
    const outcome = await answer;
    reader.removeAllListeners();
    if (outcome) {
      if ('told' in outcome) base.check(outcome.told);
      return outcome;
    }
    // What LevelDB read ended the process. The next start has to find out why.
    reader = undefined;
    expect(died.push(dataDir), 'deaths').toBe(new Set(died).size);
  }
}
/** Where the process of a start ended. */
const died: string[] = [];

/** Every damage by its description, each on a copy of its own. */
async function each(
  count: number,
  damage: (dataDir: string) => string,
  check: (outcome: Outcome) => void,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    using copy = base.copy();
    const what = `SEED=${seed}: ${damage(copy.dataDir)}`;
    try {
      check(await start(copy.dataDir));
    } catch (error) {
      throw new Error(what, { cause: error });
    }
  }
}

/** It did not start, and the reason is one line that names the file, or the entry, and says what to do. */
function expectRefusal(outcome: Outcome, about: string): void {
  expect(outcome).toHaveProperty('reason');
  const { reason } = outcome as { reason: string };
  expect(reason).not.toContain('\n');
  expect(reason).toContain(about);
  expect(reason).toMatch(/restore a snapshot/);
}

function toldBy(outcome: Outcome): Told {
  expect(outcome).toHaveProperty('told');
  return (outcome as { told: Told }).told;
}

/** It refused, or nothing is missing. */
function expectWholeOrRefusal(outcome: Outcome): void {
  if ('reason' in outcome) expectRefusal(outcome, '');
  else expect(outcome.told.revision).toBe(base.told.revision);
}

const flip = (path: string, at: number): void => {
  const bytes = readFileSync(path);
  bytes[at]! ^= 1 << random(8);
  writeFileSync(path, bytes);
};

const sizeOf = (path: string): number => readFileSync(path).length;

test(`undamaged (SEED=${seed})`, async () => {
  using copy = base.copy();
  expect(await start(copy.dataDir)).toMatchObject({ told: { revision: base.told.revision }, warnings: 0 });
  expect(base.files(/\.ldb$/)).not.toEqual([]);
});

describe('the newest log', () => {
  const written = (): number => withoutZeros(readFileSync(base.newestLog()));
  /** What was on disk for sure when the log was so long, and what cannot have been. A value may end in zeros. */
  const revisionsAt = (length: number): [number, number] => {
    const { ends, told } = base;
    const whole = ends.filter(({ revision, logBytes }) => logBytes + 16 <= length && revision > inTables());
    const begun = ends.filter(({ revision, logBytes }) => logBytes <= length && revision > inTables());
    return [whole.at(-1)?.revision ?? inTables(), Math.min(begun.at(-1)?.revision ?? inTables(), told.revision)];
  };
  /** The last revision before the run whose changes are in the log. */
  const inTables = (): number => {
    const first = base.ends.findLastIndex(({ logBytes }, i) => logBytes < (base.ends[i - 1]?.logBytes ?? 0));
    return base.ends[first - 1]!.revision;
  };

  const expectPrefix = (outcome: Outcome, length: number): void => {
    const [least, most] = revisionsAt(length);
    const { revision } = toldBy(outcome);
    expect(revision).toBeGreaterThanOrEqual(least);
    expect(revision).toBeLessThanOrEqual(most);
  };

  test('cut off anywhere: the writes that were whole are there', async () => {
    let length = 0;
    await each(
      damages * 2,
      (dataDir) => {
        // Half of them in the last write.
        length = random(2) === 0 ? random(written()) : written() - random(60);
        truncateSync(base.newestLog(dataDir), length);
        return `log cut off at ${length}`;
      },
      (outcome) => expectPrefix(outcome, length),
    );
  });

  test('zeros from somewhere to its end: the same', async () => {
    let length = 0;
    await each(
      damages,
      (dataDir) => {
        length = random(written());
        const path = base.newestLog(dataDir);
        writeFileSync(path, readFileSync(path).fill(0, length));
        return `log zeros from ${length}`;
      },
      (outcome) => {
        // A cut within the zeros that a value ends with is no damage that could be told from others.
        if ('reason' in outcome) expectRefusal(outcome, '.log');
        else expectPrefix(outcome, length);
      },
    );
  });

  test('a bit flipped anywhere: refused, with the place', async () => {
    await each(
      damages * 3,
      (dataDir) => {
        const at = random(3) === 0 ? written() - 1 - random(80) : random(written());
        flip(base.newestLog(dataDir), at);
        return `log flipped at ${at}`;
      },
      (outcome) => expectRefusal(outcome, `${basename(base.newestLog())} at byte `),
    );
  });

  test('a sector of zeros or of something else: refused, but for zeros in the last write', async () => {
    await each(
      damages,
      (dataDir) => {
        const path = base.newestLog(dataDir);
        const bytes = readFileSync(path);
        const at = random(Math.floor(written() / 512)) * 512;
        const other = random(2) === 0 ? bytes.length - 512 : at + 512;
        bytes.copy(bytes, at, other, other + 512);
        writeFileSync(path, bytes);
        return `log sector at ${at}`;
      },
      (outcome) => {
        // Space is kept ahead as zeros: a sector that a power failure left unwritten looks like that.
        if ('told' in outcome) expect(outcome.told.revision).toBe(base.ends.at(-2)!.revision);
        else expectRefusal(outcome, '.log');
      },
    );
  });

  test('removed: refused', async () => {
    await each(
      1,
      (dataDir) => {
        rmSync(base.newestLog(dataDir));
        return 'log removed';
      },
      (outcome) => expectRefusal(outcome, '.log'),
    );
  });

  test('after a torn end the store writes on, and the next start finds it whole', async () => {
    using copy = base.copy();
    truncateSync(base.newestLog(copy.dataDir), written() - 3);
    const first = await start(copy.dataDir);
    expect(first).toMatchObject({ warnings: 1 });
    const { revision } = toldBy(first);
    expect(await start(copy.dataDir)).toMatchObject({ told: { revision }, warnings: 0 });
  });
});

describe.each([
  ['CURRENT', /^CURRENT$/],
  ['the manifest', /^MANIFEST-/],
  ['a table', /\.ldb$/],
])('%s', (_name, pattern) => {
  const oneOf = (dataDir: string): string => {
    // Half of the stores were stopped properly before the damage, so that it comes unexpected.
    if (random(2) === 0) rmSync(join(dataDir, 'open'));
    const files = base.files(pattern, dataDir);
    return files[random(files.length)]!;
  };

  test('removed: refused, if it was still of use', async () => {
    await each(
      Math.ceil(damages / 10),
      (dataDir) => {
        const path = oneOf(dataDir);
        rmSync(path);
        return `${basename(path)} removed`;
      },
      expectWholeOrRefusal,
    );
  });

  test('cut off anywhere: refused', async () => {
    await each(
      damages,
      (dataDir) => {
        const path = oneOf(dataDir);
        const length = random(sizeOf(path));
        truncateSync(path, length);
        return `${basename(path)} cut off at ${length}`;
      },
      expectWholeOrRefusal,
    );
  });

  test('a bit flipped anywhere: refused, or of no consequence', async () => {
    await each(
      damages * 2,
      (dataDir) => {
        const path = oneOf(dataDir);
        const at = random(sizeOf(path));
        flip(path, at);
        return `${basename(path)} flipped at ${at}`;
      },
      expectWholeOrRefusal,
    );
  });
});

describe('the process', () => {
  test('ends with one line for each', async () => {
    const cases: [string, (dataDir: string) => void][] = [
      ['.log at byte', (dataDir) => flip(base.newestLog(dataDir), 200)],
      ['CURRENT', (dataDir) => rmSync(base.files(/^CURRENT$/, dataDir)[0]!)],
      ['MANIFEST', (dataDir) => flip(base.files(/^MANIFEST/, dataDir)[0]!, 20)],
      ['.ldb', (dataDir) => rmSync(base.files(/\.ldb$/, dataDir).at(-1)!)],
    ];
    for (const [about, damage] of cases) {
      using copy = base.copy();
      damage(copy.dataDir);
      const error = await startStore({ dataDir: copy.dataDir }).then(
        () => undefined,
        (thrown: Error) => thrown,
      );
      const lines = error!.message.split('\n').filter((line) => line.includes('etcd: '));
      expect(lines, error!.message).toHaveLength(1);
      expect(lines[0]).toContain('cannot start');
      expect(lines[0]).toContain(about);
    }
  });

  test('serves what is whole of a log with a torn end, and says what it dropped', async () => {
    using copy = base.copy();
    truncateSync(base.newestLog(copy.dataDir), withoutZeros(readFileSync(base.newestLog())) - 5);
    const store = await startStore({ dataDir: copy.dataDir });
    try {
      expect(store.log()).toMatch(/Dropped what a crash left of an unfinished write/);
      const client = store.client();
      const { header } = await client.range({ key: 'key/0' });
      expect(header!.revision).toBe(base.ends.at(-2)!.revision);
      client.close();
    } finally {
      await store.stop();
    }
  });
});
