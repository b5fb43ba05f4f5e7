/** docs/access.md: every command prints what the document says, on a cluster with simulated containers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { Cluster, root } from './harness/cluster.ts';
import { kubectlMissing } from './harness/kubectl.ts';
import { isPresent } from './harness/run.ts';
import { WalkThrough } from './harness/walk-through.ts';

const home = mkdtempSync(join(tmpdir(), 'minik-access-'));
let cluster: Cluster;
let document: WalkThrough;
const file = join(root, 'docs/access.md');

describe.skipIf(kubectlMissing || !isPresent('openssl', 'version'))('docs/access.md', () => {
  beforeAll(async () => {
    cluster = await Cluster.start({ runtime: 'fake' });
    document = new WalkThrough(file, root, { ...process.env, HOME: home, MINIK_HOME: cluster.dataDir });
  });

  afterAll(async () => {
    document?.close();
    await cluster?.purge();
    rmSync(home, { recursive: true, force: true });
  });

  test('does what it says', async () => {
    for (const section of document.sections) await document.play(section);
  });
});
