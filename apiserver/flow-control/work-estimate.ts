/**
 * How many seats a request takes: one, unless it is a list, which takes one for every hundred objects that are looked at. Pure.
 *
 * Upstream: apiserver/pkg/util/flowcontrol/request/{width,list_work_estimator}.go. Left out: what the watchers of a written
 * object cost.
 */
import type { RequestInfo } from '../request/info.ts';

const objectsPerSeat = 100;
const maxSeats = 10;
/** One request must not fill a level. */
const maxPartOfLevel = 0.15;

/** `stored` is how many objects the kind has, `levelSeats` how many seats the request's level has. */
export function seatsOf(info: RequestInfo, query: URLSearchParams, stored: number, levelSeats: number): number {
  if (info.verb !== 'list' || info.name !== '') return 1;
  const seats = Math.ceil(objectsToProcess(query, stored) / objectsPerSeat);
  const most = Math.min(maxSeats, Math.ceil(levelSeats * maxPartOfLevel));
  return Math.max(1, Math.min(seats, most));
}

/** A list from the cache looks at every object; a page that is read from the store at those that it has. */
function objectsToProcess(query: URLSearchParams, stored: number): number {
  const fromStore = query.get('continue') || query.get('resourceVersionMatch') === 'Exact';
  if (!fromStore) return stored;
  const limit = Number(query.get('limit')) || stored;
  const page = Math.min(stored, limit);
  return query.get('labelSelector') || query.get('fieldSelector') ? stored + page : 2 * page;
}
