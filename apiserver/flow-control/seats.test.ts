import { expect, test } from 'vitest';
import { requestInfo } from '../request/info.ts';
import { mandatoryLevels, suggestedLevels } from './configuration.ts';
import { limitsOf } from './seats.ts';
import { seatsOf } from './work-estimate.ts';

test('600 seats for the configuration that every cluster begins with', () => {
  const levels = [...mandatoryLevels, ...suggestedLevels];
  const limits = limitsOf(levels, 600);
  const seats = Object.fromEntries(levels.map(({ metadata }, i) => [metadata.name, limits[i]!.seats]));
  expect(seats).toEqual({
    exempt: 0,
    'catch-all': 13,
    system: 74,
    'node-high': 98,
    'leader-election': 25,
    'workload-high': 98,
    'workload-low': 245,
    'global-default': 49,
  });
  expect(limits[1]!.queuing).toBeUndefined();
  expect(limits[2]!.queuing).toEqual({ queues: 64, handSize: 6, queueLengthLimit: 50 });
});

test('defaults, and a level without shares', () => {
  const level = (limited: object) => ({ spec: { type: 'Limited', limited } });
  const limits = limitsOf(
    [level({ limitResponse: { type: 'Queue' } }), level({ nominalConcurrencyShares: 0 }), level({})],
    100,
  );
  expect(limits).toEqual([
    { seats: 50, queuing: { queues: 64, handSize: 8, queueLengthLimit: 50 } },
    { seats: 0, queuing: undefined },
    { seats: 50, queuing: undefined },
  ]);
});

test.each<[string, number, number, number]>([
  ['GET /api/v1/namespaces/a/pods/b', 5000, 100, 1],
  ['POST /api/v1/namespaces/a/pods', 5000, 100, 1],
  ['GET /api/v1/pods', 0, 100, 1],
  ['GET /api/v1/pods', 500, 100, 5],
  ['GET /api/v1/pods', 50_000, 100, 10],
  ['GET /api/v1/pods', 50_000, 20, 3],
  ['GET /api/v1/pods?limit=100', 500, 100, 5],
  ['GET /api/v1/pods?limit=100&continue=x', 500, 100, 2],
  ['GET /api/v1/pods?limit=100&continue=x&labelSelector=a', 500, 100, 6],
  ['GET /api/v1/pods?watch=1', 500, 100, 1],
])('%s of %i objects, level of %i', (request, stored, level, seats) => {
  const [method = '', url = ''] = request.split(' ');
  const [path = '', query = ''] = url.split('?');
  const parameters = new URLSearchParams(query);
  expect(seatsOf(requestInfo(method, path, parameters), parameters, stored, level)).toBe(seats);
});
