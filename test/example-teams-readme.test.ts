/**
 * examples/teams: every command of its README prints what the README says, on a cluster with real containers, with kubectl and
 * with minikctl under its name.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { root } from './harness/cluster.ts';
import { kubectlMissing, kubectlPath } from './harness/kubectl.ts';
import { WalkThrough } from './harness/walk-through.ts';

const { MINIK_HOME: _, KUBECONFIG: __, ...environment } = process.env;

describe.each([
  { tool: 'kubectl', program: kubectlPath, missing: kubectlMissing },
  { tool: 'minikctl', program: join(root, 'cli/minikctl'), missing: undefined },
])('with $tool', ({ program, missing }) => {
  const home = mkdtempSync(join(tmpdir(), 'minik-teams-'));
  const bin = join(home, 'bin');
  const env = { ...environment, HOME: home, PATH: `${bin}:${environment['PATH']}` };
  const readme = new WalkThrough(join(root, 'examples/teams/README.md'), root, env);
  const putAway = readme.sections.at(-1);

  beforeAll(() => {
    mkdirSync(bin);
    symlinkSync(program, join(bin, 'kubectl'));
  });

  afterAll(async () => {
    try {
      if (!missing) await readme.play(putAway);
    } finally {
      await readme.shell.run('kill $sso');
      readme.close();
      rmSync(home, { recursive: true, force: true });
    }
  });

  test.skipIf(missing).each(readme.sections.slice(0, -1))('%s', (section) => readme.play(section));
});
