/** Each feature by itself, so that one sees which of them costs what. */
import { comparisonRow, type Row, type Table } from '../table.ts';
import type { Options } from '../topic.ts';
import { single } from './features.ts';
import { compare, podLoads } from './requests.ts';
import { withBoth } from './servers.ts';

export async function breakdown(options: Options): Promise<Table> {
  const rows: Row[] = [];
  for (const [feature, on] of Object.entries(single)) {
    const more = await withBoth([on], async (servers) => {
      const measured: Row[] = [];
      for (const what of ['get', 'create', 'update'] as const) {
        const { rate } = await compare(servers, podLoads[what], options);
        measured.push(comparisonRow(`${feature}: ${what} a pod`, rate, 0));
      }
      return measured;
    });
    rows.push(...more);
  }
  return { title: 'Breakdown', note: 'requests a second with one feature on beside none', rows };
}
