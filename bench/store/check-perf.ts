/** etcd's own judgement: `etcdctl check perf` at 1,000 puts a second for a minute. */
import { run } from '../../test/harness/run.ts';
import type { Row, Table } from '../table.ts';
import { removeAll, startOurs } from './servers.ts';

const timeoutMs = 120_000;

export async function checkPerf(): Promise<Table> {
  try {
    const { endpoint } = await startOurs();
    const args = ['--endpoints', new URL(endpoint).host, 'check', 'perf', '--load=m'];
    const { stdout, stderr } = await run('etcdctl', args, { timeoutMs, env: { ETCDCTL_API: '3' } });
    const rows = verdicts(stdout);
    if (rows.length === 0) throw new Error(`etcdctl check perf says nothing:\n${stdout}${stderr}`);
    return { title: 'etcdctl check perf --load=m', note: 'on the store alone; the sentences are its own', rows };
  } finally {
    await removeAll();
  }
}

/** One row for each line that says PASS or FAIL; the last line says so of the whole. */
export function verdicts(text: string): Row[] {
  return [...text.matchAll(/^(PASS|FAIL)(?:: (.*))?$/gm)].map(([, verdict, detail]) => ({
    what: detail ?? 'all of it',
    ours: verdict!,
    aim: { text: 'PASS', met: verdict === 'PASS' },
  }));
}
