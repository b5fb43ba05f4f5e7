/**
 * YAML in bodies. To parse a large one takes seconds, and some are written for that, so it is done on a thread of its own, one at a
 * time: others are answered meanwhile. Nearly all bodies are small, and parsed at once.
 */
import { Worker } from 'node:worker_threads';
import { tooManyRequests } from '../../api/errors.ts';
import type { ParsedBody } from '../../api/parse-json.ts';

/** What the thread answers: the body, or why it is no YAML. */
export type YamlOutcome = { parsed: ParsedBody } | { refused: string };

/** Takes a tenth of a second at worst. */
const maxLengthAtOnce = 16 * 1024;
const maxParseMs = 20_000;
const maxWaitMs = 30_000;
const maxHeapMb = 512;

let last: Promise<unknown> = Promise.resolve();

/** Parses the one document of a body. Rejects with a SyntaxError for what is no YAML, or takes too long to read. */
export async function readYaml(text: string): Promise<ParsedBody> {
  if (text.length <= maxLengthAtOnce) return (await import('../../api/parse-yaml.ts')).parseYaml(text);
  const began = performance.now();
  const turn = last.then(() => {
    if (performance.now() - began > maxWaitMs)
      throw tooManyRequests('too many large YAML bodies, please try again later');
    return parseApart(text);
  });
  last = turn.catch(() => undefined);
  return turn;
}

function parseApart(text: string): Promise<ParsedBody> {
  const worker = new Worker(new URL('./yaml-worker.ts', import.meta.url), {
    workerData: text,
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
  });
  const refused = (why: string): SyntaxError => new SyntaxError(why);
  return new Promise<ParsedBody>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(refused('error converting YAML to JSON: yaml: takes too long to read'));
    }, maxParseMs);
    worker.once('exit', () => {
      clearTimeout(timer);
      reject(refused('error converting YAML to JSON: yaml: the thread that read it has ended'));
    });
    worker.once('message', (outcome: YamlOutcome) => {
      if ('parsed' in outcome) resolve(outcome.parsed);
      else reject(refused(outcome.refused));
    });
    worker.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') reject(error);
      else reject(refused('error converting YAML to JSON: yaml: needs too much memory'));
    });
  }).finally(() => worker.terminate());
}
