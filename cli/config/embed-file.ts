/** A file that a flag names, to be kept in a kubeconfig. */
import { readFileSync } from 'node:fs';
import { fileErrorText } from '../../client/file-error.ts';

/** Its content, as base64. Throws, in kubectl's words, when it cannot be read; `flag` says what it was given for. */
export function embedFile(path: string, flag: string): string {
  try {
    return readFileSync(path).toString('base64');
  } catch (error) {
    throw new Error(`could not stat ${flag} file ${path}: ${fileErrorText(error).replace(/^open /, 'stat ')}`);
  }
}
