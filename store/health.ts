/**
 * `/health`, as etcd has it beside `/livez` and `/readyz`: unhealthy while an alarm is raised, so that somebody comes and
 * looks. `?exclude=NOSPACE` leaves one alarm out. The other two tell whether the process should get requests, which a full
 * store should: it still reads and deletes.
 *
 * Upstream: server/etcdserver/api/etcdhttp/health.go
 */
import type { Answer } from '../client/component/health.ts';
import type { Store } from './store.ts';

/** The answer for the path; undefined when it is another one. */
export function answerEtcdHealth({ alarms, mvcc }: Store, { pathname, searchParams }: URL): Answer | undefined {
  if (pathname !== '/health') return undefined;
  const excluded = searchParams.getAll('exclude');
  const raised = alarms.list().find(({ alarm }) => !excluded.includes(alarm));
  if (raised) return answer(`ALARM ${raised.alarm}`);
  try {
    mvcc.commit.check();
  } catch (error) {
    return answer(`RANGE ERROR:${(error as Error).message}`);
  }
  return answer('');
}

/** Without a reason: healthy. */
const answer = (reason: string): Answer => ({
  status: reason ? 503 : 200,
  contentType: 'text/plain; charset=utf-8',
  body: JSON.stringify({ health: String(!reason), reason }),
});
