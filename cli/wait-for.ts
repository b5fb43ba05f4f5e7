/** Waiting until an object is as wanted, or gone: by list and watch, however often the connection is lost. */
import type { KubeObject } from '../api/types.ts';
import { Informer } from '../client/informer.ts';
import type { RestClient } from '../client/rest.ts';
import type { Selected } from './select.ts';

/** Thrown when the time is up. */
export class WaitTimeout extends Error {}

/** Longest wait for `--timeout` below zero, as kubectl has it. */
export const weekMs = 7 * 24 * 3_600_000;

/**
 * Resolves with what `check` gives once that is not undefined; it gets the object, or undefined while there is none.
 * Rejects with WaitTimeout, or with what `check` throws.
 */
export async function waitFor<T>(
  rest: RestClient,
  { resource, namespace, name }: Selected,
  check: (object: KubeObject | undefined) => T | undefined,
  timeoutMs: number,
): Promise<T> {
  const stop = new AbortController();
  const fieldSelector = `metadata.name=${name}`;
  const informer = new Informer(rest, resource, { ...(namespace && { namespace }), fieldSelector });
  const timer = setTimeout(() => stop.abort(), timeoutMs);
  try {
    return await new Promise<T>((resolve, reject) => {
      const look = (): void => {
        try {
          const answer = check(informer.list()[0]);
          if (answer !== undefined) resolve(answer);
        } catch (error) {
          reject(error as Error);
        }
      };
      stop.signal.addEventListener('abort', () =>
        reject(new WaitTimeout(`timed out waiting for the condition on ${resource.plural}/${name}`)),
      );
      informer.start(stop.signal);
      void informer.synced().then(() => {
        informer.onChange(look);
        look();
      });
    });
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
}
