/** The simulated runtime passes the suite of runtimes. */
import { FakeRuntime } from '../kubelet/runtime/fake/fake-runtime.ts';
import { describeRuntime } from './runtime-suite.ts';

describeRuntime('fake', async () => {
  const runtime = new FakeRuntime();
  await runtime.updatePodCidr('10.99.1.0/24');
  return { runtime, cleanUp: async () => undefined };
});
