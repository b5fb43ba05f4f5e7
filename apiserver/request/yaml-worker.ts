/** Parses one YAML text, on a thread of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { parseYaml } from '../../api/parse-yaml.ts';
import type { YamlOutcome } from './read-yaml.ts';

function outcomeOf(text: string): YamlOutcome {
  try {
    return { parsed: parseYaml(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return { refused: error.message };
    throw error;
  }
}

parentPort!.postMessage(outcomeOf(workerData as string));
