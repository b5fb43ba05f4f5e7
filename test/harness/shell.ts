/** A shell that goes on from one command to the next, as a person's: what one exports, the others have. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Readable, Writable } from 'node:stream';

export interface ShellResult {
  status: number;
  /** Standard output and standard error as they came. */
  output: string;
}

export class Shell {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  /** Stands between the output of two commands. */
  readonly #mark = randomUUID();
  #output = '';
  /** Looks at the output so far. */
  #look: (ended: boolean) => void = () => undefined;

  constructor(cwd: string, env: NodeJS.ProcessEnv) {
    this.#child = spawn('sh', [], { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdout.setEncoding('utf8').on('data', (text) => {
      this.#output += text;
      this.#look(false);
    });
    this.#child.on('exit', () => this.#look(true));
  }

  /** One at a time. Rejects when the shell itself ends. */
  run(command: string): Promise<ShellResult> {
    this.#output = '';
    const end = new RegExp(`^([^]*)\n${this.#mark} (\\d+)\n$`);
    return new Promise((resolve, reject) => {
      this.#look = (ended) => {
        const [, output = '', status] = end.exec(this.#output) ?? [];
        if (status !== undefined) resolve({ status: Number(status), output });
        else if (ended) reject(new Error(`the shell has ended: ${this.#output}`));
      };
      this.#child.stdin.write(`{ ${command}\n} </dev/null 2>&1\nprintf '\\n%s %s\\n' ${this.#mark} $?\n`);
    });
  }

  close(): void {
    this.#child.stdin.end();
  }
}
