/** Debian's python3-kubernetes, a client library written for Kubernetes that knows nothing of us: CRUD and a watch. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiServer } from './harness/apiserver.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { pythonWithKubernetes } from './harness/python.ts';
import { run } from './harness/run.ts';

const python = await pythonWithKubernetes();
if (!python) console.log('skipped: Python has no kubernetes library (Debian: python3-kubernetes)');

describe.skipIf(!python)('the Python library', () => {
  let store: EtcdServer;
  let server: ApiServer;

  beforeAll(async () => {
    store = await startStore();
    server = await ApiServer.start(store.endpoint, 25_640);
  });

  afterAll(async () => {
    await server?.remove();
    await store?.remove();
  });

  test('creates, reads, replaces, patches, lists, scales, watches and deletes', async () => {
    const script = join(import.meta.dirname, 'harness/crud-and-watch.py');
    const { stdout, stderr } = await run(python!.command, [script, server.paths.kubeconfig], { env: python!.env });
    expect([stdout.trim().split('\n'), stderr]).toEqual([
      [
        'created python True',
        "replaced [('a', '1'), ('b', '2')]",
        "patched {'b': '2'}",
        "listed ['python']",
        'conflict 409 Conflict',
        'scaled 3',
        'deployment RollingUpdate',
        "event MODIFIED python {'b': '2', 'c': '3'}",
        "event DELETED python {'b': '2', 'c': '3'}",
        'gone 404',
        'left 0',
      ],
      '',
    ]);
  });
});
