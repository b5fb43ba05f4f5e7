/**
 * A table of requests that use every field of the API, to the model, to our store and to real etcd: every answer, error and
 * watch event must be equal. Without etcd the store is compared with the model alone.
 */
import { describe, expect, test } from 'vitest';
import { isPresent } from '../harness/run.ts';
import { ask } from './history/ask.ts';
import { describeFailure, etcd, replay, store } from './history/replay.ts';
import { foundCases, requestTable } from './history/request-table.ts';

const etcdPresent = isPresent('etcd', '--version');
if (!etcdPresent) console.log('etcd is not installed (Debian: etcd-server): the store is compared with the model only');
const subjects = etcdPresent ? [store(24796), etcd(24794)] : [store(24796)];

test('a table of requests', async () => {
  const failure = await replay(
    requestTable.map(([, step]) => step),
    subjects,
  );
  if (failure) expect.fail(`${requestTable[failure.index]?.[0]}: ${describeFailure(failure)}`);
});

test.each(foundCases)('%s', async (_, steps) => {
  const failure = await replay(steps, subjects);
  if (failure) expect.fail(describeFailure(failure));
});

// Real etcd would end with a panic.
test('a put that keeps what its transaction deleted is refused', async () => {
  const failure = await replay(
    [
      { kind: 'put', key: 'a', value: '1' },
      {
        kind: 'txn',
        success: [
          { requestDeleteRange: { key: 'a', rangeEnd: '\0' } },
          { requestTxn: { success: [{ requestPut: { key: 'a', ignoreValue: true } }] } },
        ],
      },
      { kind: 'range', key: 'a' },
    ],
    [store(24796)],
  );
  if (failure) expect.fail(describeFailure(failure));
});

// The model knows no sizes.
describe.each(subjects)('$name', (subject) => {
  test('refuses a request of 1.5 MiB and more', async () => {
    const server = await subject.start();
    const client = server.client();
    try {
      const put = (length: number) => ask(client, { kind: 'put', key: 'large', value: 'x'.repeat(length) });
      expect(await put(1_800_000)).toEqual({ code: 3, message: 'etcdserver: request is too large' });
      expect(await put(1_572_864)).toEqual({ code: 3, message: 'etcdserver: request is too large' });
      expect(await put(1_572_000)).toEqual({ header: { revision: 2 } });
    } finally {
      client.close();
      await server.remove();
    }
  });
});
