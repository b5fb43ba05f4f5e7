/**
 * What a decision about a request costs with 10,000 bindings, beside a scan of them; and what a change of a binding costs.
 *
 *     node bench/authorization.ts          about half a minute
 *     node bench/authorization.ts --quick  about ten seconds
 */
import { createAuthorizer } from '../apiserver/authz/create-authorizer.ts';
import { scanningAuthorizer } from './authorization/scan.ts';
import { bindingCount, questions, storedBindings } from './authorization/world.ts';
import { compareSamples, undisturbed } from './rounds.ts';
import { runTopics } from './run-topics.ts';
import { median } from './statistics.ts';
import { below, type Row } from './table.ts';
import type { Topic } from './topic.ts';

const limitUs = 20;

/** Microseconds of processor time a call, over about that long: a decision waits for nothing. */
function microseconds(sampleMs: number, call: () => void): number {
  const start = process.cpuUsage();
  const used = (): number => process.cpuUsage(start).user;
  let calls = 0;
  for (; used() < sampleMs * 1000; calls += 100) for (let i = 0; i < 100; i++) call();
  return used() / calls;
}

const shown = (us: number): string => us.toFixed(us < 10 ? 2 : 0);

const decisions: Topic = async ({ rounds, sampleMs }) => {
  const { resources } = storedBindings();
  const indexed = createAuthorizer(resources);
  const scan = scanningAuthorizer(resources);
  const rows: Row[] = [];
  for (const [what, { user, access }] of Object.entries(questions)) {
    if (indexed.decide(user, access).allowed !== scan.decide(user, access).allowed)
      throw new Error(`${what}: not the same`);
    const sample = (authorizer: typeof scan) => async () => ({
      us: microseconds(sampleMs / 4, () => authorizer.decide(user, access)),
    });
    const { us } = await compareSamples(rounds, sample(indexed), sample(scan));
    const aim = below(us.ours, limitUs, 'us');
    rows.push({ what, ours: shown(us.ours), peer: shown(us.peer), ratio: us.ratio, aim });
  }
  const note = `microseconds a decision, ${bindingCount.toLocaleString('en')} bindings: lower is better`;
  return { title: 'Decisions', note, rows };
};

const changes: Topic = async ({ rounds, sampleMs }) => {
  const stored = storedBindings();
  const authorizer = createAuthorizer(stored.resources);
  const { user, access } = questions['nobody in particular, refused']!;
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'role-1' };
  const binding = {
    metadata: { name: 'x', namespace: 'ns-1' },
    roleRef,
    subjects: [{ kind: 'User', name: user.name }],
  };
  const samples: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const once = async (): Promise<number> =>
      microseconds(sampleMs, () => {
        stored.put('rolebindings', binding);
        authorizer.decide(user, access);
        stored.remove('rolebindings', binding);
        authorizer.decide(user, access);
      });
    samples.push(await undisturbed(once));
  }
  return {
    title: 'Changes',
    note: 'microseconds for a binding that comes and goes, each followed by a decision, its parsing included: lower is better',
    rows: [{ what: 'a binding', ours: shown(median(samples)) }],
  };
};

await runTopics({
  topics: { decisions, changes },
  needed: {},
  columns: ['index', 'scan'],
  removeAll: async () => undefined,
});
