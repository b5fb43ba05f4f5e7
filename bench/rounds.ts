/**
 * Compares two servers fairly on a machine that is not quiet: they take turns, round by round, and the ratio is taken
 * within each round, because the speed of a virtual machine drifts by more than what is to be measured.
 *
 * A sample during which the hypervisor took the processor away for a notable time is taken again, a few times at most, and
 * the least disturbed one counts.
 */
import { readFileSync } from 'node:fs';
import { median } from './statistics.ts';

const maxStolenShare = 0.12;
const maxAttempts = 4;

export interface Comparison {
  ours: number;
  peer: number;
  /** Ours divided by the peer's: the median of the rounds' ratios. */
  ratio: number;
}

/** One comparison for each figure of a sample. `peer` is what we are measured against: etcd, or a floor. */
export async function compareSamples<Figure extends string>(
  rounds: number,
  sampleOurs: () => Promise<Record<Figure, number>>,
  samplePeer: () => Promise<Record<Figure, number>>,
): Promise<Record<Figure, Comparison>> {
  const ours: Record<Figure, number>[] = [];
  const peer: Record<Figure, number>[] = [];
  for (let round = 0; round < rounds; round++) {
    const first = async (): Promise<unknown> => ours.push(await undisturbed(sampleOurs));
    const second = async (): Promise<unknown> => peer.push(await undisturbed(samplePeer));
    // Neither always runs on what the other left behind.
    const order = round % 2 === 0 ? [first, second] : [second, first];
    for (const step of order) await step();
  }
  const figures = Object.keys(ours[0]!) as Figure[];
  const comparisonOf = (figure: Figure): Comparison => ({
    ours: median(ours.map((sample) => sample[figure])),
    peer: median(peer.map((sample) => sample[figure])),
    ratio: median(ours.map((sample, round) => sample[figure] / peer[round]![figure])),
  });
  return Object.fromEntries(figures.map((figure) => [figure, comparisonOf(figure)])) as Record<Figure, Comparison>;
}

const maxWarmUps = 15;

/**
 * Runs a load until it gets no faster, three times in a row: a server compiles what it runs often, which takes it thousands of requests.
 * `sample` gives the rate.
 */
export async function warmUp(sample: () => Promise<number>): Promise<void> {
  let best = 0;
  let slower = 0;
  for (let i = 0; i < maxWarmUps && slower < 3; i++) {
    const rate = await sample();
    if (rate > best * 1.02) slower = 0;
    else slower += 1;
    best = Math.max(best, rate);
  }
}

/** The sample that had the processor most to itself. */
export async function undisturbed<T>(sample: () => Promise<T>): Promise<T> {
  let best: { stolen: number; result: T } | undefined;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const before = processorTimes();
    const result = await sample();
    const after = processorTimes();
    const stolen = (after.stolen - before.stolen) / Math.max(1, after.total - before.total);
    if (!best || stolen < best.stolen) best = { stolen, result };
    if (stolen <= maxStolenShare) break;
  }
  return best!.result;
}

/** Of all processors together, in ticks since the machine started. */
function processorTimes(): { total: number; stolen: number } {
  const [, ...fields] = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]!.split(/\s+/);
  // user nice system idle iowait irq softirq steal; guest times are contained in user.
  const times = fields.slice(0, 8).map(Number);
  return { total: times.reduce((sum, time) => sum + time, 0), stolen: times[7] ?? 0 };
}
