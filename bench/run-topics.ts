/**
 * Runs a benchmark's topics one after the other, prints each table as soon as it is there, and ends with the aims. The process
 * exits 0 when every aim is met, 1 when one is missed, 2 when it could not run.
 */
import { parseArgs } from 'node:util';
import { isPresent } from '../test/harness/run.ts';
import { format, type Table } from './table.ts';
import type { Topic } from './topic.ts';

export interface Benchmark {
  topics: Record<string, Topic>;
  /** Topics that cannot be made short. */
  onlyInFull?: string[];
  /** Programs that must be on the PATH, each with Debian's package of it. */
  needed: Record<string, string>;
  /** What is compared, as the tables' columns say it. */
  columns: [ours: string, peer: string];
  /** Ends the servers and removes their data, also those that are still starting. */
  removeAll(): Promise<void>;
}

/** Reads `--quick` and `--only` from the command line and runs. */
export async function runTopics({ topics, onlyInFull = [], needed, columns, removeAll }: Benchmark): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
    },
  });
  const usual = Object.keys(topics).filter((name) => !values.quick || !onlyInFull.includes(name));
  const names = values.only?.split(',') ?? usual;
  const chosen = names.map(
    (name) => topics[name] ?? fail(`no topic "${name}": expected ${Object.keys(topics).join(', ')}`),
  );
  for (const [program, debianPackage] of Object.entries(needed)) {
    if (!isPresent('sh', '-c', `command -v ${program}`)) fail(`${program} is needed: apt-get install ${debianPackage}`);
  }
  // What was measured so far has been printed; servers and their data go.
  const interrupted = async (signal: NodeJS.Signals): Promise<void> => {
    console.error(`${signal}: stopping`);
    await removeAll();
    process.exit(130);
  };
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);

  const options = { quick: values.quick, rounds: values.quick ? 3 : 5, sampleMs: values.quick ? 400 : 1000 };
  const tables: Table[] = [];
  for (const topic of chosen) {
    const table = await topic(options);
    tables.push(table);
    console.log(`${format(table, columns)}\n`);
  }
  const aims = tables.flatMap(({ title, rows }) => rows.filter((row) => row.aim).map((row) => ({ title, ...row })));
  const missed = aims.filter(({ aim }) => !aim!.met);
  console.log(`${aims.length - missed.length} of ${aims.length} aims met`);
  for (const { title, what } of missed) console.log(`  missed: ${title}, ${what}`);
  process.exitCode = missed.length > 0 ? 1 : 0;
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
