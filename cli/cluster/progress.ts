/** Progress lines: one a step, printed when it is done, with the time it took. */

export interface Progress {
  /** Runs the step and prints its line; the text that it returns says what was done. Throws what the step throws. */
  step(name: string, work: () => Promise<string | undefined>): Promise<void>;
  /** A line that is not a step. */
  note(text: string): void;
}

export function progressTo(
  write: (text: string) => void,
  now: () => number = performance.now.bind(performance),
): Progress {
  const note = (text: string): void => write(`${text}\n`);
  return {
    note,
    async step(name, work) {
      const begun = now();
      try {
        const what = await work();
        note(`${seconds(now() - begun)}  ${name}${what ? `: ${what}` : ''}`);
      } catch (error) {
        note(`${seconds(now() - begun)}  ${name}: failed`);
        throw error;
      }
    },
  };
}

/** `  0.42 s`, in a column that lines up. */
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2).padStart(6)} s`;
