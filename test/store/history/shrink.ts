/** Makes a failing history shorter: leaves out what is not needed for the failure, steps first and then parts of transactions. */
import type { RequestOp, TxnRequest } from '../model/types.ts';
import { type Failure, replay } from './replay.ts';
import type { Step } from './steps.ts';

/** The shortest failing history that was found in the time. */
export async function shrink(failure: Failure, { withinMs = 40_000 } = {}): Promise<Failure> {
  const deadline = Date.now() + withinMs;
  let smallest: Failure = { ...failure, steps: failure.steps.slice(0, failure.index + 1) };
  const fails = async (steps: Step[]): Promise<boolean> => {
    if (Date.now() > deadline) return false;
    const again = await replay(steps, [smallest.subject]);
    if (again) smallest = { ...again, steps: steps.slice(0, again.index + 1) };
    return again !== undefined;
  };
  for (let size = smallest.steps.length >> 1; size >= 1; size >>= 1) {
    for (let from = 0; from < smallest.steps.length; ) {
      if (!(await fails(smallest.steps.toSpliced(from, size)))) from += size;
    }
  }
  while (await someFails(smallest.steps, fails));
  return smallest;
}

async function someFails(steps: Step[], fails: (steps: Step[]) => Promise<boolean>): Promise<boolean> {
  for (const [i, step] of steps.entries()) {
    if (step.kind !== 'txn') continue;
    for (const simpler of simplerTxns(step)) if (await fails(steps.with(i, { ...simpler, kind: 'txn' }))) return true;
  }
  return false;
}

/** The transaction without one of its parts each. */
const simplerTxns = (txn: TxnRequest): TxnRequest[] =>
  (['compare', 'success', 'failure'] as const).flatMap((name) => {
    const parts = txn[name] ?? [];
    const without = parts.map((_, i) => ({ ...txn, [name]: parts.toSpliced(i, 1) }));
    const nested = parts.flatMap(({ requestTxn }: RequestOp, i) =>
      requestTxn ? simplerTxns(requestTxn).map((one) => ({ ...txn, [name]: parts.with(i, { requestTxn: one }) })) : [],
    );
    return [...without, ...nested];
  });
