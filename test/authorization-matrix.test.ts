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
import { allPeople, isRefused } from './authorization/people.ts';
import { readingsOf } from './authorization/readings.ts';
import { targets } from './authorization/targets.ts';
import { disguises, guarded, spellingsOf } from './authorization/tricks.ts';
import { startWorld, type World } from './authorization/world.ts';

const port = 25_570;
let world: World;
let matrix: Matrix;
let before: Map<string, string>;

beforeAll(async () => {
  world = await startWorld(port);
  const people = await allPeople(world.server, world.admin);
  matrix = new Matrix({ host: '127.0.0.1', port, ca: readFileSync(world.server.pki('ca.crt')) }, people);
}, 120_000);

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
  await matrix.run('everything', [...targets.flatMap((target) => [...cellsOf(target)]), ...nonResourceCells()]);
}, 300_000);

test('every way to read an object asks for the same right', async () => {
  const cells = targets.flatMap((target) => [...readingsOf(target)]);
  const people = matrix.people.filter((person) => !isRefused(person));
  await matrix.run('readings', cells, people);
}, 300_000);

/** A request about which the roles of the matrix say no to everybody but whoever rules the cluster. */
const secretly = { verb: 'get', group: '', resource: 'secrets', subresource: '', namespace: 'b', name: 'target' };

test('no other spelling of a request opens more', async () => {
  const people = matrix.people.filter((person) => person.rights(secretly) !== 'allowed');
  const tasks = function* () {
    for (const asked of guarded) {
      const spellings = spellingsOf(asked.path).map((path) => ({ path, headers: {} }));
      const tricks = [...spellings, ...disguises];
      for (const trick of tricks) {
        for (const person of people) {
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
