/**
 * The authorization matrix: every verb and subresource of every kind, and paths that are no resource, as everybody, against
 * what the documentation of Kubernetes says. No answer has anything of an object that its reader may not read, and no request
 * that is refused changes anything.
 */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { forEachOf } from './authorization/asker.ts';
import { cellsOf, nonResourceCells } from './authorization/cells.ts';
import { Matrix } from './authorization/matrix.ts';
import { allPeople, changer, isRefused, type Person } from './authorization/people.ts';
import { readingsOf } from './authorization/readings.ts';
import { objectOf, objectPath, placesOf, targets } from './authorization/targets.ts';
import { disguises, guarded, spellingsOf } from './authorization/tricks.ts';
import { startWorld, type World } from './authorization/world.ts';

const port = 25_570;
let world: World;
let matrix: Matrix;
let people: Person[];
let oneWhoChanges: Person;
let before: Map<string, string>;

beforeAll(async () => {
  world = await startWorld(port);
  people = await allPeople(world.server, world.admin);
  oneWhoChanges = await changer(world.server);
  matrix = new Matrix({ host: '127.0.0.1', port, ca: readFileSync(world.server.pki('ca.crt')) }, [
    ...people,
    oneWhoChanges,
  ]);
});

afterAll(async () => {
  matrix?.close();
  await world?.remove();
});

beforeEach(async () => {
  matrix.wrong.length = 0;
  before = await world.revisions();
});

afterEach(async () => {
  expect(matrix.wrong.slice(0, 200)).toEqual([]);
  expect([...(await world.revisions())], 'nothing is written').toEqual([...before]);
});

test('everybody gets what the documentation says', async () => {
  await matrix.run('everything', [...targets.flatMap((target) => [...cellsOf(target)]), ...nonResourceCells()], people);
}, 300_000);

test('every way to read an object asks for the same right', async () => {
  const cells = targets.flatMap((target) => [...readingsOf(target)]);
  await matrix.run(
    'readings',
    cells,
    people.filter((person) => !isRefused(person)),
  );
}, 300_000);

/** A request about which the roles of the matrix say no to everybody but whoever rules the cluster. */
const secretly = { verb: 'get', group: '', resource: 'secrets', subresource: '', namespace: 'b', name: 'target' };

test('no other spelling of a request opens more', async () => {
  const others = people.filter((person) => person.rights(secretly) !== 'allowed');
  const tasks = function* () {
    for (const asked of guarded) {
      const spellings = spellingsOf(asked.path).map((path) => ({ path, headers: {} }));
      const tricks = [...spellings, ...disguises];
      for (const trick of tricks) {
        for (const person of others) {
          yield {
            person,
            cell: { ...asked, ...trick, headers: { ...asked.headers, ...trick.headers }, access: secretly },
          };
        }
      }
    }
  };
  await forEachOf(tasks(), 24, async ({ person, cell }) => {
    const { status, text } = await matrix.ask(person, cell);
    if (status >= 400 && status < 500) return;
    matrix.wrong.push(
      `${person.called}: ${cell.method} ${cell.path} ${JSON.stringify(cell.headers)}: ${status} ${text.slice(0, 200)}`,
    );
  });
}, 300_000);

test('who may change what there is makes nothing by it', async () => {
  for (const target of targets.filter(({ planted }) => planted)) {
    for (const place of placesOf(target)) {
      const body = JSON.stringify(objectOf(target, place, 'fresh'));
      const path = objectPath(target, place, 'fresh');
      const access = {
        verb: 'patch',
        group: target.group,
        resource: target.plural,
        subresource: '',
        namespace: place,
        name: '',
      };
      for (const [method, query, type] of [
        ['PUT', '', 'application/json'],
        ['PATCH', '?fieldManager=matrix', 'application/apply-patch+yaml'],
      ] as const) {
        const asked = { method, path: `${path}${query}`, headers: { 'content-type': type }, body, access };
        const { status, text } = await matrix.ask(oneWhoChanges, asked);
        const isRefused = status === 404 || (status === 403 && text.includes(' cannot create resource '));
        if (!isRefused) matrix.wrong.push(`${method} ${path}: ${status} ${text.slice(0, 200)}`);
      }
    }
  }
});

test('nothing is written by the old path of a watch', async () => {
  const ruler = people.find(({ called }) => called === 'cluster-admin')!;
  for (const asked of guarded.filter(({ method }) => method !== 'GET')) {
    const path = asked.path.replace('/v1/', '/v1/watch/');
    const { status, text } = await matrix.ask(ruler, { ...asked, path, access: secretly });
    if (status !== 405) matrix.wrong.push(`${asked.method} ${path}: ${status} ${text.slice(0, 200)}`);
  }
});
