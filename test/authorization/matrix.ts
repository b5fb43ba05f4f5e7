/** Holds answers against what was expected of them, and counts. */
import { type Outcome, refusalOf } from './access.ts';
import { type Answered, Asker, forEachOf } from './asker.ts';
import type { Cell } from './cells.ts';
import { leaksOf } from './leaks.ts';
import type { Person } from './people.ts';

/** Where a request would go on to a kubelet: there is none. */
const nodeWithoutAddress = 'no preferred addresses found';

export class Matrix {
  readonly #askers: Map<Person, Asker>;
  /** What is not as expected: who, what, expected, got. */
  readonly wrong: string[] = [];
  requests = 0;
  leaks = 0;

  constructor(to: { host: string; port: number; ca: Buffer }, people: readonly Person[]) {
    this.#askers = new Map(people.map((person) => [person, new Asker(to, person.credentials)]));
  }

  /** Asks for each cell as each of the people. Prints what came of it. */
  async run(title: string, cells: readonly Cell[], people: readonly Person[]): Promise<void> {
    const before = { requests: this.requests, leaks: this.leaks, wrong: this.wrong.length, at: performance.now() };
    const tasks = function* () {
      for (const cell of cells) for (const person of people) yield { cell, person };
    };
    await forEachOf(tasks(), 24, ({ cell, person }) => this.#check(cell, person));
    const seconds = ((performance.now() - before.at) / 1000).toFixed(1);
    console.log(
      `${title}: ${this.requests - before.requests} requests, ${people.length} identities, ${cells.length} cells, ` +
        `${this.leaks - before.leaks} leaks, ${this.wrong.length - before.wrong} wrong, ${seconds} s`,
    );
  }

  /** Sends a request as the person; what it shows of others is a leak. */
  async ask(person: Person, cell: Cell): Promise<Answered> {
    this.requests++;
    const answer = await this.#askers.get(person)!.ask(cell);
    const allowed = person.rights(cell.access) === 'allowed' ? cell.access : undefined;
    const leaked = leaksOf(answer.text, person, allowed);
    this.leaks += leaked.length;
    if (leaked.length > 0) this.wrong.push(`${nameOf(cell, person)}: leaks ${leaked}`);
    return answer;
  }

  async #check(cell: Cell, person: Person): Promise<void> {
    const expected = person.rights(cell.access);
    const sent = asSent(cell, expected);
    const answer = await this.ask(person, sent);
    const { status, text } = answer;
    const complain = (what: string): void =>
      void this.wrong.push(`${nameOf(sent, person)}: ${what}: ${status} ${text.slice(0, 300)}`);
    const got = outcomeOf(answer, sent, person);
    if (got !== expected) complain(`expected ${expected}, got ${got}`);
    if (status === 500 && !text.includes(nodeWithoutAddress)) complain('an error of the server');
    if (expected === 'allowed' && cell.shows && !text.includes(cell.shows)) complain('does not show the object');
  }

  close(): void {
    for (const asker of this.#askers.values()) asker.close();
  }
}

const nameOf = ({ access: { verb }, method, path, headers }: Cell, { called }: Person): string =>
  `${called}: ${verb} ${method} ${path} ${headers?.['accept'] ?? ''}`;

/** Nothing comes of a write that is allowed: the next request finds the objects as they were. */
function asSent(cell: Cell, expected: Outcome): Cell {
  if (cell.method === 'GET' || cell.method === 'HEAD' || expected !== 'allowed') return cell;
  return { ...cell, path: `${cell.path}${cell.path.includes('?') ? '&' : '?'}dryRun=All` };
}

function outcomeOf({ status, text }: Answered, { method, access }: Cell, { user }: Person): Outcome {
  if (status === 401) return 'unauthenticated';
  if (status !== 403) return 'allowed';
  // An answer without a body does not say why.
  if (method === 'HEAD') return 'forbidden';
  if (user === null) return text.includes('impersonate') ? 'forbidden' : 'restricted';
  return messageOf(text).startsWith(refusalOf(user, access)) ? 'forbidden' : 'restricted';
}

const messageOf = (text: string): string => (JSON.parse(text) as { message: string }).message;
