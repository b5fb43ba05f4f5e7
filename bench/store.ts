/**
 * The store beside Debian's etcd: both as processes on this machine, in the same run, in turns, driven by the same client.
 *
 *     node bench/store.ts                  everything; takes about 15 minutes
 *     node bench/store.ts --quick          fewer rounds, sizes and keys, no check perf; about 100 seconds
 *     node bench/store.ts --only put,txn   some topics
 *
 * `README.md` says how to read it.
 */
import { parseArgs } from 'node:util';
import { isPresent } from '../test/harness/run.ts';
import { checkPerf } from './store/check-perf.ts';
import { flatness } from './store/flatness.ts';
import { memory, startUp } from './store/footprint.ts';
import { manyKeys } from './store/many-keys.ts';
import { ownStream } from './store/own-stream.ts';
import { removeAll } from './store/servers.ts';
import { format, type Table } from './store/table.ts';
import type { Topic } from './store/topic.ts';
import { put, range, txn } from './store/unary.ts';
import { fanOut, watchLatency } from './store/watch.ts';

const topics: Record<string, Topic> = {
  put,
  range,
  txn,
  keys: manyKeys,
  stream: ownStream,
  watch: watchLatency,
  fanout: fanOut,
  memory,
  start: startUp,
  flat: flatness,
  'check-perf': checkPerf,
};
/** Topics that cannot be made short. */
const onlyInFull = ['check-perf'];

/** Program, how it says that it is there, and Debian's package of it. */
const needed = [
  ['etcd', '--version', 'etcd-server'],
  ['etcdctl', 'version', 'etcd-client'],
  ['h2load', '--version', 'nghttp2-client'],
] as const;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

const usual = Object.keys(topics).filter((name) => !values.quick || !onlyInFull.includes(name));
const names = values.only?.split(',') ?? usual;
const chosen = names.map(
  (name) => topics[name] ?? fail(`no topic "${name}": expected ${Object.keys(topics).join(', ')}`),
);
for (const [program, argument, debianPackage] of needed) {
  if (!isPresent(program, argument)) fail(`${program} is needed: apt-get install ${debianPackage}`);
}

/** Ends the run with what was measured so far; servers and their data go. */
async function interrupted(signal: NodeJS.Signals): Promise<void> {
  console.error(`${signal}: stopping`);
  await removeAll();
  process.exit(130);
}
process.once('SIGINT', interrupted);
process.once('SIGTERM', interrupted);

const options = { quick: values.quick, rounds: values.quick ? 3 : 5, sampleMs: values.quick ? 400 : 1000 };
const tables: Table[] = [];
for (const topic of chosen) {
  const table = await topic(options);
  tables.push(table);
  console.log(`${format(table)}\n`);
}
const aims = tables.flatMap(({ title, rows }) => rows.filter((row) => row.aim).map((row) => ({ title, ...row })));
const missed = aims.filter(({ aim }) => !aim!.met);
console.log(`${aims.length - missed.length} of ${aims.length} aims met`);
for (const { title, what } of missed) console.log(`  missed: ${title}, ${what}`);
process.exitCode = missed.length > 0 ? 1 : 0;
