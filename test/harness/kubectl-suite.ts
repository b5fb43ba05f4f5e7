/** A suite of command lines: every scenario with every kubectl of the sessions, against one API server with its controllers. */
import { afterAll, beforeAll, describe, test } from 'vitest';
import { ApiServer } from './apiserver.ts';
import { type Running, startComponent } from './component.ts';
import { type EtcdServer, startStore } from './etcd.ts';
import { KubectlSession, type Scenario, sessions } from './kubectl-session.ts';

export interface Suite {
  server: ApiServer;
}

/**
 * `port` and the one after it must be free; `flags` are the API server's. A scenario may depend on kubectl's minor version. What it answers is filled in
 * when the tests run.
 */
export function kubectlSuite(
  port: number,
  scenarios: (Scenario | ((minor: number) => Scenario))[],
  flags: Record<string, string> = {},
): Suite {
  const suite = {} as Suite;
  let store: EtcdServer;
  let controllers: Running;

  beforeAll(async () => {
    store = await startStore();
    suite.server = await ApiServer.start(store.endpoint, port, flags);
    controllers = await startComponent('controllers', suite.server, port + 1, [
      '--leader-elect=false',
      `--root-ca-file=${suite.server.pki('ca.crt')}`,
    ]);
  });

  afterAll(async () => {
    await controllers?.stop();
    await suite.server?.remove();
    await store?.remove();
  });

  for (const { minor, missing } of sessions) {
    if (missing) console.warn(`command lines are not run with kubectl 1.${minor}: ${missing}`);
    describe.skipIf(missing)(`kubectl 1.${minor}`, () => {
      let session: KubectlSession;
      beforeAll(() => {
        const { server } = suite;
        const { kubeconfig, dataDir } = server.paths;
        session = new KubectlSession({ kubeconfig, dataDir, client: () => server.client() }, minor);
      });
      for (const given of scenarios) {
        const scenario = typeof given === 'function' ? given(minor) : given;
        const declare = (scenario.since ?? 0) > minor ? test.skip : test.concurrent;
        declare(scenario.name, () => session.play(scenario));
      }
    });
  }
  return suite;
}
