/**
 * What a simulated container does: a few shell commands joined by `;` or `&&`, enough for tests of restarts, exit codes
 * and logs. Everything else runs until it is stopped, like a server.
 *
 *     sh -c 'echo starting; sleep 2; exit 3'
 */

export type Step =
  | { do: 'print'; text: string }
  | { do: 'sleep'; ms: number }
  | { do: 'exit'; code: number }
  | { do: 'run' };

/** The steps of a command line as a container's spec gives it. */
export function programOf(command: string[]): Step[] {
  const [program = '', option, script] = command;
  const name = program.split('/').at(-1);
  if (name === 'sh' && option === '-c') return (script ?? '').split(/;|&&|\n/).flatMap((line) => stepOf(words(line)));
  return stepOf(command);
}

const words = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map((m) => m[1] ?? m[2] ?? m[3] ?? '');

function stepOf([program = '', ...args]: string[]): Step[] {
  switch (program.split('/').at(-1)) {
    case '':
    case 'trap':
      return [];
    case 'echo':
      return [{ do: 'print', text: `${args.join(' ')}\n` }];
    case 'sleep':
      return [/^\d+(\.\d+)?$/.test(args[0] ?? '') ? { do: 'sleep', ms: Number(args[0]) * 1000 } : { do: 'run' }];
    case 'exit':
      return [{ do: 'exit', code: Number(args[0] ?? 0) }];
    case 'true':
      return [];
    case 'false':
      return [{ do: 'exit', code: 1 }];
    default:
      return [{ do: 'run' }];
  }
}
