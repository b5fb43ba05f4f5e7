import { expect, test } from 'vitest';
import { Shutdown } from './shutdown.ts';

function listening() {
  const done: string[] = [];
  return {
    done,
    stopAccepting: () => void done.push('stopAccepting'),
    close: async () => void done.push('close'),
  };
}

test('requests under way are answered first, then connections close', async () => {
  const shutdown = new Shutdown({ delayMs: 0, sendRetryAfter: false, streamGraceMs: 0 });
  expect(() => shutdown.check()).not.toThrow();
  const leave = [shutdown.enter('/api'), shutdown.enter('/api')];
  const server = listening();
  const ended = shutdown.run(server);
  expect(() => shutdown.check()).toThrow('process is shutting down');
  expect(shutdown.streamsEnd.aborted).toBe(false);
  await new Promise((resolve) => shutdown.streamsEnd.addEventListener('abort', resolve));
  expect(server.done).toEqual(['stopAccepting']);
  leave[0]!();
  // One that came over a connection that was open.
  const late = shutdown.enter('/api');
  leave[1]!();
  expect(server.done).toEqual(['stopAccepting']);
  late();
  await ended;
  expect(server.done).toEqual(['stopAccepting', 'close']);
});

test('with retry-after, who comes late is told when to come back, except a probe', async () => {
  const shutdown = new Shutdown({ delayMs: 0, sendRetryAfter: true, streamGraceMs: 0 });
  const leave = shutdown.enter('/api');
  const server = listening();
  const ended = shutdown.run(server);
  await new Promise((resolve) => shutdown.streamsEnd.addEventListener('abort', resolve));
  expect(() => shutdown.enter('/api/v1/pods')).toThrow('The apiserver is shutting down, please try again later.');
  shutdown.enter('/livez')();
  leave();
  await ended;
  expect(server.done).toEqual(['close']);
});
