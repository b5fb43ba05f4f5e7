/**
 * The authorization matrix: every verb and subresource of every kind, and paths that are no resource, as everybody, against
 * what the documentation of Kubernetes says. No answer has anything of an object that its reader may not read, and no request
 * that is refused changes anything.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Access, Outcome } from './authorization/access.ts';
import { refusalOf } from './authorization/access.ts';
import { type Answered, Asker, forEachOf } from './authorization/asker.ts';
import { type Cell, cellsOf, nonResourceCells } from './authorization/cells.ts';
import { leaksOf } from './authorization/leaks.ts';
import { allPeople, type Person } from './authorization/people.ts';
import { targets } from './authorization/targets.ts';
import { startWorld, type World } from './authorization/world.ts';

let world: World;
let people: Person[];
const askers = new Map<Person, Asker>();

beforeAll(async () => {
  world = await startWorld(25_510);
  people = await allPeople(world.server, world.admin);
  const to = { host: '127.0.0.1', port: 25_510, ca: readFileSync(world.server.pki('ca.crt')) };
  for (const person of people) askers.set(person, new Asker(to, person.credentials));
}, 120_000);

afterAll(async () => {
  for (const asker of askers.values()) asker.close();
  await world?.remove();
});

function outcomeOf({ status, text }: Answered, { user }: Person, access: Access): Outcome {
  if (status === 401) return 'unauthenticated';
  if (status !== 403) return 'allowed';
  if (user === null) return text.includes('impersonate') ? 'forbidden' : 'restricted';
  return messageOf(text).startsWith(refusalOf(user, access)) ? 'forbidden' : 'restricted';
}

const messageOf = (text: string): string => (JSON.parse(text) as { message: string }).message;

/** Nothing comes of a write that is allowed: the next request finds the objects as they were. */
function asSent(cell: Cell, expected: Outcome): Cell {
  if (cell.method === 'GET' || expected !== 'allowed') return cell;
  return { ...cell, path: `${cell.path}${cell.path.includes('?') ? '&' : '?'}dryRun=All` };
}

/** Where a request would go on to a kubelet: there is none. */
const nodeWithoutAddress = 'no preferred addresses found';

test('everybody gets what the documentation says', async () => {
  const cells = [...targets.flatMap((target) => [...cellsOf(target)]), ...nonResourceCells()];
  const before = await world.revisions();
  const wrong: string[] = [];
  let leaks = 0;
  const tasks = function* () {
    for (const cell of cells) for (const person of people) yield { cell, person };
  };
  const started = performance.now();
  await forEachOf(tasks(), 24, async ({ cell, person }) => {
    const expected = person.rights(cell.access);
    const sent = asSent(cell, expected);
    const where = `${person.called}: ${cell.access.verb} ${sent.method} ${sent.path}`;
    const answer = await askers.get(person)!.ask(sent);
    const got = outcomeOf(answer, person, cell.access);
    if (got !== expected)
      wrong.push(`${where}: expected ${expected}, got ${got}: ${answer.status} ${answer.text.slice(0, 300)}`);
    if (answer.status === 500 && !answer.text.includes(nodeWithoutAddress))
      wrong.push(`${where}: ${answer.text.slice(0, 300)}`);
    const leaked = leaksOf(answer.text, person, expected === 'allowed' ? cell.access : undefined);
    leaks += leaked.length;
    if (leaked.length > 0) wrong.push(`${where}: leaks ${leaked}`);
  });
  const requests = cells.length * people.length;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `${requests} requests, ${people.length} identities, ${cells.length} cells, ${leaks} leaks, ${wrong.length} wrong, ${seconds} s`,
  );
  expect(wrong.slice(0, 200)).toEqual([]);
  expect([...(await world.revisions())]).toEqual([...before]);
}, 600_000);
