/** Which container of the runtime a request is about. Upstream: pkg/kubelet/kubelet_pods.go (GetKubeletContainerLogs) */
import type { Pod } from '../../api/types.ts';
import { attemptsOf, currentSandbox, isRunning, type ObservedPod } from '../pods/observed.ts';
import type { RuntimeContainerStatus } from '../runtime/runtime.ts';
import { HttpError } from './http-error.ts';

/** What requests look containers up in. */
export interface PodLookup {
  find(namespace: string, name: string): Pod | undefined;
  observe(uid: string): Promise<ObservedPod>;
}

/** Reasons to wait that a log request tells in words. */
const imageTexts: Record<string, string> = {
  ErrImagePull: "image can't be pulled",
  ImagePullBackOff: 'trying and failing to pull image',
};

async function attempts(
  lookup: PodLookup,
  namespace: string,
  podName: string,
  name: string,
): Promise<{ pod: Pod; list: RuntimeContainerStatus[] }> {
  const pod = lookup.find(namespace, podName);
  if (!pod) throw new HttpError(404, `pod "${podName}" in namespace "${namespace}" not found`);
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? {};
  const known = [...containers, ...initContainers, ...ephemeralContainers].some((c) => c.name === name);
  if (!known) throw new HttpError(400, `container ${name} is not valid for pod ${podName}`);
  return { pod, list: attemptsOf(await lookup.observe(pod.metadata.uid ?? ''), name) };
}

/** The attempt whose log is asked for. Throws when it does not exist yet, or any more. */
export async function containerForLogs(
  lookup: PodLookup,
  namespace: string,
  podName: string,
  name: string,
  previous: boolean,
): Promise<RuntimeContainerStatus> {
  const { pod, list } = await attempts(lookup, namespace, podName, name);
  const started = list.filter((c) => c.state !== 'created');
  const [newest] = started;
  if (previous) {
    // While a container waits for its restart, the attempt that ended is the previous one.
    const ended = newest?.state === 'running' ? started[1] : newest;
    if (!ended) throw new HttpError(400, `previous terminated container "${name}" in pod "${podName}" not found`);
    return ended;
  }
  if (newest) return newest;
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = pod.status ?? {};
  const statuses = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
  const { reason = 'ContainerCreating' } = statuses.find((s) => s.name === name)?.state?.waiting ?? {};
  const why = imageTexts[reason] ?? reason;
  throw new HttpError(400, `container "${name}" in pod "${podName}" is waiting to start: ${why}`);
}

/** The running attempt. Throws when the container does not run. */
export async function runningContainer(
  lookup: PodLookup,
  namespace: string,
  podName: string,
  name: string,
): Promise<RuntimeContainerStatus> {
  const { list } = await attempts(lookup, namespace, podName, name);
  const running = list.find(isRunning);
  if (!running) throw new HttpError(404, `container not found ("${name}")`);
  return running;
}

/** The pod with the sandbox that it runs in. Throws when it has none. */
export async function runningSandbox(
  lookup: PodLookup,
  namespace: string,
  podName: string,
): Promise<{ pod: Pod; sandboxId: string }> {
  const pod = lookup.find(namespace, podName);
  if (!pod) throw new HttpError(404, `pod "${podName}" in namespace "${namespace}" not found`);
  const sandbox = currentSandbox(await lookup.observe(pod.metadata.uid ?? ''));
  if (sandbox?.state !== 'ready') throw new HttpError(404, `sandbox of pod "${podName}" is not running`);
  return { pod, sandboxId: sandbox.id };
}
